import type {
  App,
  ColumnCheck,
  Control,
  FieldProgress,
  Looked,
  Preview,
  PreviewRequest,
  QueryText,
  QueryTextRequest,
  RecordFilter,
  RunRequest,
  SegmentCount,
  SegmentRequest,
  SegmentRow,
  SegmentText,
  TableDetail,
  TableRow,
} from '../app.ts'
import type { ResultPii, TableColumn } from '../audience/pii.ts'
import type { CheckStage } from '../destination/destination.ts'
import type { FieldChange, FieldPlan, FieldRemoval } from '../destination/user-fields.ts'
import type { ColumnUse } from '../project/column-uses.ts'
import type { Sent } from '../project/project.ts'
import type { RunningServer } from '../server-file.ts'
import type { DriftLine, DriftReport, RestLine, UndoReport, WhyReport } from '../sync/proof/report.ts'
import type {
  ChangeView,
  Conflict,
  ExitRow,
  Flags,
  PlanSummary,
  RecordRow,
  RunSummary,
  StoredPlan,
  WorkflowRow,
} from '../sync/report.ts'
import { type Listening, revived, ServerClient } from './server-client.ts'

/** {@link App} through the server that has the project: each call is one request to it. */
export class RemoteApp implements App {
  readonly #server: ServerClient

  constructor(server: Pick<RunningServer, 'url' | 'token'>) {
    this.#server = new ServerClient(server)
  }

  async *check(destination: string): AsyncIterable<CheckStage> {
    for await (const stage of this.#server.items<CheckStage>('check', [destination])) {
      const { problem, ...rest } = stage
      yield problem == null ? rest : { ...rest, problem: revived(problem) }
    }
  }

  plan(orchestration: string, flags: Flags, control: Control = {}): Promise<PlanSummary> {
    return this.#server.result('plan', [orchestration, flags], control)
  }

  storedPlan(planId: string): Promise<StoredPlan> {
    return this.#server.result('storedPlan', [planId])
  }

  changes(planId: string): AsyncIterable<ChangeView> {
    return this.#server.items('changes', [planId])
  }

  conflicts(planId: string): AsyncIterable<Conflict> {
    return this.#server.items('conflicts', [planId])
  }

  exits(runId: string): AsyncIterable<ExitRow> {
    return this.#server.items('exits', [runId])
  }

  run(orchestration: string, request: RunRequest, control: Control = {}): Promise<RunSummary> {
    return this.#server.result('run', [orchestration, request], control)
  }

  segments(): Promise<SegmentRow[]> {
    return this.#server.result('segments', [])
  }

  count(segment: SegmentRequest, control: Control = {}): Promise<SegmentCount> {
    return this.#server.result('count', [segment], control)
  }

  segmentSql(segment: SegmentRequest): Promise<SegmentText> {
    return this.#server.result('segmentSql', [segment])
  }

  querySql(query: QueryTextRequest): Promise<QueryText> {
    return this.#server.result('querySql', [query])
  }

  preview(asked: PreviewRequest, request: { limit: number }, control: Control = {}): Promise<Preview> {
    return this.#server.result('preview', [asked, request], control)
  }

  rows(sent: Sent, control: Control = {}): Promise<Preview> {
    return this.#server.result('rows', [sent], control)
  }

  checkColumns(
    sent: Looked,
    destination: string,
    request: { live: boolean },
    control: Control = {},
  ): Promise<ColumnCheck> {
    return this.#server.result('checkColumns', [sent, destination, request], control)
  }

  workflows(): Promise<WorkflowRow[]> {
    return this.#server.result('workflows', [])
  }

  records(runId: string, filter: RecordFilter): AsyncIterable<RecordRow> {
    return this.#server.items('records', [runId, filter])
  }

  drift(
    orchestration: string,
    request: { repair: boolean; approve: boolean },
    control: Control = {},
  ): Promise<DriftReport> {
    return this.#server.result('drift', [orchestration, request], control)
  }

  drifted(driftId: string): AsyncIterable<DriftLine> {
    return this.#server.items('drifted', [driftId])
  }

  undo(runId: string, control: Control = {}): Promise<UndoReport> {
    return this.#server.result('undo', [runId], control)
  }

  undoRest(planId: string): AsyncIterable<RestLine> {
    return this.#server.items('undoRest', [planId])
  }

  resume(orchestration: string): Promise<boolean> {
    return this.#server.result('resume', [orchestration])
  }

  why(key: string, field: string | null, destination: string | null = null): Promise<WhyReport> {
    return this.#server.result('why', [key, field, destination])
  }

  forget(destination: string): Promise<number> {
    return this.#server.result('forget', [destination])
  }

  fieldPlan(destination: string, removal: FieldRemoval, progress: FieldProgress = {}): Promise<FieldPlan> {
    return this.#server.result('fieldPlan', [destination, removal], listeningTo(progress))
  }

  async applyFields(destination: string, plan: FieldPlan, progress: FieldProgress = {}): Promise<void> {
    await this.#server.result('applyFields', [destination, plan], listeningTo(progress))
  }

  createMissingFields(orchestration: string): Promise<string[]> {
    return this.#server.result('createMissingFields', [orchestration])
  }

  columns(table: string): Promise<TableColumn[]> {
    return this.#server.result('columns', [table])
  }

  tables(database: string | null): Promise<TableRow[]> {
    return this.#server.result('tables', [database])
  }

  table(name: string, request: { refresh: boolean }): Promise<TableDetail> {
    return this.#server.result('table', [name, request])
  }

  columnUses(table: string, column: string, control: Control = {}): Promise<ColumnUse[]> {
    return this.#server.result('columnUses', [table, column], control)
  }

  piiOfOrchestration(orchestration: string): Promise<ResultPii[]> {
    return this.#server.result('piiOfOrchestration', [orchestration])
  }

  async close(): Promise<void> {
    await this.#server.close()
  }
}

function listeningTo({ onApplied, onWait }: FieldProgress): Listening {
  return {
    onItem: (change) => onApplied?.(change as FieldChange),
    onEvent: (event) => {
      if (event.type !== 'waiting') return
      onWait?.(event.why === null || event.untilMs === null ? null : { why: event.why, untilMs: event.untilMs })
    },
  }
}

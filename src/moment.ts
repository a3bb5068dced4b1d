import { channel } from 'node:diagnostics_channel'

/**
 * The points at which a process that ends must lose nothing, and what has just been done at each. Tests end the real command at every one
 * of them; nothing in Deskside itself listens.
 */
export const moments = {
  'token.asking': 'A token is about to be asked for.',
  'token.answered': 'The answer that holds the token has come, and nobody has used it.',
  'workflow.created': 'The workflow has its line in the ledger and nothing else.',
  'query.running': 'The process of the query has begun.',
  'extract.materialised': 'The whole result is on disk, and nothing is planned.',
  'plan.writing': 'The file of the plan has begun.',
  'plan.storing': 'The file of the plan is complete, and the ledger does not know it.',
  'plan.stored': 'The ledger knows the plan; from here on the workflow can be continued.',
  'run.started': 'The workflow counts as running, and nothing is sent.',
  'orchestration.pausing': 'Values are about to be put back, and the orchestration is not yet paused.',
  'orchestration.paused': 'The orchestration is paused, and no value is put back.',
  'journal.posting.writing': 'A batch is about to be journalled before it is sent.',
  'journal.posting.written': 'A batch is in the journal, and not sent.',
  'batch.answered': 'Zendesk has answered a batch, and the journal does not know it.',
  'journal.submitted.writing': 'The job of a batch is about to be journalled.',
  'journal.submitted.written': 'The job of a batch is in the journal.',
  'journal.refused.writing': 'That a batch was surely not taken is about to be journalled.',
  'journal.refused.written': 'The journal says that a batch was not taken; its changes are free.',
  'parked.judged': 'What became of a batch in doubt is known, and the journal does not know it.',
  'followup.made': 'An outcome calls for a further attempt, and neither is in the journal.',
  'journal.settled.writing': 'The outcomes of a batch are about to be journalled.',
  'journal.settled.written': 'The outcomes of a batch are in the journal.',
  'organization.made': 'Zendesk has made an organization, and nobody is in it.',
  'tags.read': 'Tags of people were read, and are not written yet.',
  'ledger.committing': 'A transaction of the ledger is complete, and not committed.',
  'ledger.committed': 'A transaction of the ledger is on disk.',
  'leftover.settled': 'What an earlier process left in flight has its outcomes, and nothing of it is folded.',
  'fold.writing': 'Confirmed outcomes are about to be folded into what was delivered.',
  'fold.written': 'Confirmed outcomes are folded, and whom the orchestration holds is not written down.',
  'presence.written': 'Whom the orchestration holds is written down.',
  'confirm.reading': 'Earlier alerts of the run are gone, and people are about to be read back.',
  'confirm.stored': 'What reading people back has shown is in the ledger.',
  'run.ending': 'The rows of the run are counted, and the run has not ended.',
  'run.ended': 'The run has ended, and what it leaves behind is still there.',
  'stage.removed': 'The stage of a completed run is gone.',
  'run.superseding': 'A run that will not go on is about to be closed.',
  'run.superseded': 'A run that will not go on is closed, and its files are still there.',
  'run.forgotten':
    'The history period of a run is over: its details are gone from the ledger, and its files are still there.',
} as const satisfies Record<string, string>

/** A name of {@link moments}. */
export type Moment = keyof typeof moments

const reachedMoments = channel('deskside:moment')

/** Says that the process has come to this point. Without a listener it costs one comparison. */
export function reached(moment: Moment): void {
  if (reachedMoments.hasSubscribers) reachedMoments.publish(moment)
}

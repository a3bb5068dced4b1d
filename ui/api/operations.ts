// Made by scripts/generate-client.ts from the OpenAPI document of the server: change the routes, not this file.

/**
 * One line of a connection test that is heard while it goes on.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "TestLine".
 */
export type TestLine =
  | {
      begun: {
        stage: string
        title: string
      }
    }
  | {
      stage: Stage
    }
  | {
      answer: {
        ok: boolean
        stages: Stage[]
      }
    }
  | {
      problem: Problem
    }

export interface Operations {
  /**
   * List all of the kind: credential.
   */
  'GET /credentials': {
    query?: {
      q?: string
      folder?: string
      label?: string[]
    }
    answer: {
      items: Definition[]
    }
  }
  /**
   * Create a credential.
   */
  'POST /credentials': {
    body: {
      /**
       * Made of the name where it is not given.
       */
      key?: string
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Read a credential.
   */
  'GET /credentials/{key}': {
    params: {
      key: string
    }
    answer: Definition
  }
  /**
   * Change a credential.
   */
  'PUT /credentials/{key}': {
    params: {
      key: string
    }
    body: {
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Delete a credential.
   */
  'DELETE /credentials/{key}': {
    params: {
      key: string
    }
    answer: null
  }
  /**
   * List all of the kind: destination.
   */
  'GET /destinations': {
    query?: {
      q?: string
      folder?: string
      label?: string[]
    }
    answer: {
      items: Definition[]
    }
  }
  /**
   * Create a destination.
   */
  'POST /destinations': {
    body: {
      /**
       * Made of the name where it is not given.
       */
      key?: string
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Read a destination.
   */
  'GET /destinations/{key}': {
    params: {
      key: string
    }
    answer: Definition
  }
  /**
   * Change a destination.
   */
  'PUT /destinations/{key}': {
    params: {
      key: string
    }
    body: {
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Delete a destination.
   */
  'DELETE /destinations/{key}': {
    params: {
      key: string
    }
    answer: null
  }
  /**
   * List all of the kind: query.
   */
  'GET /queries': {
    query?: {
      q?: string
      folder?: string
      label?: string[]
      database?: string
    }
    answer: {
      items: Definition[]
    }
  }
  /**
   * Create a query.
   */
  'POST /queries': {
    body: {
      /**
       * Made of the name where it is not given.
       */
      key?: string
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Read a query.
   */
  'GET /queries/{key}': {
    params: {
      key: string
    }
    answer: Definition
  }
  /**
   * Change a query.
   */
  'PUT /queries/{key}': {
    params: {
      key: string
    }
    body: {
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Delete a query.
   */
  'DELETE /queries/{key}': {
    params: {
      key: string
    }
    answer: null
  }
  /**
   * List all of the kind: query_draft.
   */
  'GET /query-drafts': {
    query?: {
      q?: string
      folder?: string
      label?: string[]
      database?: string
    }
    answer: {
      items: Definition[]
    }
  }
  /**
   * Create a draft of a query.
   */
  'POST /query-drafts': {
    body: {
      /**
       * Made of the name where it is not given.
       */
      key?: string
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Read a draft of a query.
   */
  'GET /query-drafts/{key}': {
    params: {
      key: string
    }
    answer: Definition
  }
  /**
   * Change a draft of a query.
   */
  'PUT /query-drafts/{key}': {
    params: {
      key: string
    }
    body: {
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Delete a draft of a query.
   */
  'DELETE /query-drafts/{key}': {
    params: {
      key: string
    }
    answer: null
  }
  /**
   * List all of the kind: attributes_table.
   */
  'GET /attributes-tables': {
    query?: {
      q?: string
      folder?: string
      label?: string[]
      database?: string
    }
    answer: {
      items: Definition[]
    }
  }
  /**
   * Create an attributes table.
   */
  'POST /attributes-tables': {
    body: {
      /**
       * Made of the name where it is not given.
       */
      key?: string
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Read an attributes table.
   */
  'GET /attributes-tables/{key}': {
    params: {
      key: string
    }
    answer: Definition
  }
  /**
   * Change an attributes table.
   */
  'PUT /attributes-tables/{key}': {
    params: {
      key: string
    }
    body: {
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Delete an attributes table.
   */
  'DELETE /attributes-tables/{key}': {
    params: {
      key: string
    }
    answer: null
  }
  /**
   * List all of the kind: segment.
   */
  'GET /segments': {
    query?: {
      q?: string
      folder?: string
      label?: string[]
      database?: string
    }
    answer: {
      items: Definition[]
    }
  }
  /**
   * Create a segment.
   */
  'POST /segments': {
    body: {
      /**
       * Made of the name where it is not given.
       */
      key?: string
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Read a segment.
   */
  'GET /segments/{key}': {
    params: {
      key: string
    }
    answer: Definition
  }
  /**
   * Change a segment.
   */
  'PUT /segments/{key}': {
    params: {
      key: string
    }
    body: {
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Delete a segment.
   */
  'DELETE /segments/{key}': {
    params: {
      key: string
    }
    answer: null
  }
  /**
   * List all of the kind: orchestration.
   */
  'GET /orchestrations': {
    query?: {
      q?: string
      folder?: string
      label?: string[]
    }
    answer: {
      items: Definition[]
    }
  }
  /**
   * Create an orchestration.
   */
  'POST /orchestrations': {
    body: {
      /**
       * Made of the name where it is not given.
       */
      key?: string
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Read an orchestration.
   */
  'GET /orchestrations/{key}': {
    params: {
      key: string
    }
    answer: Definition
  }
  /**
   * Change an orchestration.
   */
  'PUT /orchestrations/{key}': {
    params: {
      key: string
    }
    body: {
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Delete an orchestration.
   */
  'DELETE /orchestrations/{key}': {
    params: {
      key: string
    }
    answer: null
  }
  /**
   * List all of the kind: group.
   */
  'GET /groups': {
    query?: {
      q?: string
      folder?: string
      label?: string[]
    }
    answer: {
      items: Definition[]
    }
  }
  /**
   * Create a group.
   */
  'POST /groups': {
    body: {
      /**
       * Made of the name where it is not given.
       */
      key?: string
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Read a group.
   */
  'GET /groups/{key}': {
    params: {
      key: string
    }
    answer: Definition
  }
  /**
   * Change a group.
   */
  'PUT /groups/{key}': {
    params: {
      key: string
    }
    body: {
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Delete a group.
   */
  'DELETE /groups/{key}': {
    params: {
      key: string
    }
    answer: null
  }
  /**
   * List all of the kind: channel.
   */
  'GET /channels': {
    query?: {
      q?: string
      folder?: string
      label?: string[]
    }
    answer: {
      items: Definition[]
    }
  }
  /**
   * Create a channel.
   */
  'POST /channels': {
    body: {
      /**
       * Made of the name where it is not given.
       */
      key?: string
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Read a channel.
   */
  'GET /channels/{key}': {
    params: {
      key: string
    }
    answer: Definition
  }
  /**
   * Change a channel.
   */
  'PUT /channels/{key}': {
    params: {
      key: string
    }
    body: {
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Delete a channel.
   */
  'DELETE /channels/{key}': {
    params: {
      key: string
    }
    answer: null
  }
  /**
   * List all of the kind: subscription.
   */
  'GET /subscriptions': {
    query?: {
      q?: string
      folder?: string
      label?: string[]
    }
    answer: {
      items: Definition[]
    }
  }
  /**
   * Create a subscription.
   */
  'POST /subscriptions': {
    body: {
      /**
       * Made of the name where it is not given.
       */
      key?: string
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Read a subscription.
   */
  'GET /subscriptions/{key}': {
    params: {
      key: string
    }
    answer: Definition
  }
  /**
   * Change a subscription.
   */
  'PUT /subscriptions/{key}': {
    params: {
      key: string
    }
    body: {
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Delete a subscription.
   */
  'DELETE /subscriptions/{key}': {
    params: {
      key: string
    }
    answer: null
  }
  /**
   * List all of the kind: identity_provider.
   */
  'GET /identity-providers': {
    query?: {
      q?: string
      folder?: string
      label?: string[]
    }
    answer: {
      items: Definition[]
    }
  }
  /**
   * Create an identity provider.
   */
  'POST /identity-providers': {
    body: {
      /**
       * Made of the name where it is not given.
       */
      key?: string
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Read an identity provider.
   */
  'GET /identity-providers/{key}': {
    params: {
      key: string
    }
    answer: Definition
  }
  /**
   * Change an identity provider.
   */
  'PUT /identity-providers/{key}': {
    params: {
      key: string
    }
    body: {
      /**
       * As in deskside.yml. Secret fields (`client_secret`, `api_token`, `password`, `url`, `token`) are kept apart and never read again.
       */
      body: {
        [k: string]: unknown
      }
    }
    answer: Definition
  }
  /**
   * Delete an identity provider.
   */
  'DELETE /identity-providers/{key}': {
    params: {
      key: string
    }
    answer: null
  }
  /**
   * List all of the kind: source.
   */
  'GET /sources': {
    query?: {
      q?: string
      folder?: string
      label?: string[]
    }
    answer: {
      items: Definition[]
    }
  }
  /**
   * Read a source.
   */
  'GET /sources/{key}': {
    params: {
      key: string
    }
    answer: Definition
  }
  /**
   * List all of the kind: table.
   */
  'GET /tables': {
    query?: {
      q?: string
      folder?: string
      label?: string[]
      database?: string
    }
    answer: {
      items: Definition[]
    }
  }
  /**
   * Upload a CSV file as a table.
   */
  'POST /tables': {
    query: {
      key: string
      database?: string
      name?: string
      description?: string
      types?: string
    }
    answer: Definition
  }
  /**
   * Read a table.
   */
  'GET /tables/{key}': {
    params: {
      key: string
    }
    answer: Definition
  }
  /**
   * Delete an uploaded table.
   */
  'DELETE /tables/{key}': {
    params: {
      key: string
    }
    answer: null
  }
  /**
   * Test the connection of a credential, stage by stage.
   */
  'POST /credentials/{key}/test': {
    params: {
      key: string
    }
    answer: {
      ok: boolean
      stages: Stage[]
    }
  }
  /**
   * Test the connection of a destination, stage by stage.
   */
  'POST /destinations/{key}/test': {
    params: {
      key: string
    }
    answer: {
      ok: boolean
      stages: Stage[]
    }
  }
  /**
   * Copy a destination under another key and name.
   */
  'POST /destinations/{key}/clone': {
    params: {
      key: string
    }
    body: {
      key?: string
      name: string
    }
    answer: Definition
  }
  /**
   * List the last 200 versions of a query, newest first, also after it was deleted.
   */
  'GET /queries/{key}/versions': {
    params: {
      key: string
    }
    answer: {
      items: {
        version: number
        source: 'git' | 'ui'
        updated_at: string
        updated_by: string
      }[]
    }
  }
  /**
   * Read an earlier version of a query, and what differs from another.
   */
  'GET /queries/{key}/versions/{version}': {
    params: {
      key: string
      version: number
    }
    query?: {
      against?: number
    }
    answer: {
      version: number
      /**
       * As it was.
       */
      body: {
        [k: string]: unknown
      }
      /**
       * Unified diff of the YAML, from the version `against` to this one; null where none was asked for.
       */
      diff: string | null
    }
  }
  /**
   * Make an earlier version of a query the present one.
   */
  'POST /queries/{key}/restore': {
    params: {
      key: string
    }
    body: {
      version: number
    }
    answer: Definition
  }
  /**
   * Copy a query under another key and name.
   */
  'POST /queries/{key}/clone': {
    params: {
      key: string
    }
    body: {
      key?: string
      name: string
    }
    answer: Definition
  }
  /**
   * List the last 200 versions of an attributes table, newest first, also after it was deleted.
   */
  'GET /attributes-tables/{key}/versions': {
    params: {
      key: string
    }
    answer: {
      items: {
        version: number
        source: 'git' | 'ui'
        updated_at: string
        updated_by: string
      }[]
    }
  }
  /**
   * Read an earlier version of an attributes table, and what differs from another.
   */
  'GET /attributes-tables/{key}/versions/{version}': {
    params: {
      key: string
      version: number
    }
    query?: {
      against?: number
    }
    answer: {
      version: number
      /**
       * As it was.
       */
      body: {
        [k: string]: unknown
      }
      /**
       * Unified diff of the YAML, from the version `against` to this one; null where none was asked for.
       */
      diff: string | null
    }
  }
  /**
   * Make an earlier version of an attributes table the present one.
   */
  'POST /attributes-tables/{key}/restore': {
    params: {
      key: string
    }
    body: {
      version: number
    }
    answer: Definition
  }
  /**
   * Copy an attributes table under another key and name.
   */
  'POST /attributes-tables/{key}/clone': {
    params: {
      key: string
    }
    body: {
      key?: string
      name: string
    }
    answer: Definition
  }
  /**
   * List the last 200 versions of a segment, newest first, also after it was deleted.
   */
  'GET /segments/{key}/versions': {
    params: {
      key: string
    }
    answer: {
      items: {
        version: number
        source: 'git' | 'ui'
        updated_at: string
        updated_by: string
      }[]
    }
  }
  /**
   * Read an earlier version of a segment, and what differs from another.
   */
  'GET /segments/{key}/versions/{version}': {
    params: {
      key: string
      version: number
    }
    query?: {
      against?: number
    }
    answer: {
      version: number
      /**
       * As it was.
       */
      body: {
        [k: string]: unknown
      }
      /**
       * Unified diff of the YAML, from the version `against` to this one; null where none was asked for.
       */
      diff: string | null
    }
  }
  /**
   * Make an earlier version of a segment the present one.
   */
  'POST /segments/{key}/restore': {
    params: {
      key: string
    }
    body: {
      version: number
    }
    answer: Definition
  }
  /**
   * Copy a segment under another key and name.
   */
  'POST /segments/{key}/clone': {
    params: {
      key: string
    }
    body: {
      key?: string
      name: string
    }
    answer: Definition
  }
  /**
   * Tell what the draft of a query would change, and what it feeds.
   */
  'GET /query-drafts/{key}/changes': {
    params: {
      key: string
    }
    answer: {
      /**
       * Of the query as it is; null: there is none.
       */
      version: number | null
      /**
       * Unified diff of the YAML, from the query to the draft; empty: nothing differs.
       */
      diff: string
      /**
       * `<kind>/<key>` of what uses the query.
       */
      used_by: string[]
    }
  }
  /**
   * Make the draft of a query the query itself; the draft is no more.
   */
  'POST /query-drafts/{key}/activate': {
    params: {
      key: string
    }
    answer: Definition
  }
  /**
   * Read the settings of the project.
   */
  'GET /project': {
    answer: Definition
  }
  /**
   * List the plugins of destinations.
   */
  'GET /plugins': {
    query?: {
      q?: string
    }
    answer: {
      items: {
        key: string
        name: string
        description: string
        /**
         * JSON Schema of the body of a destination.
         */
        settings: {
          [k: string]: unknown
        }
        /**
         * JSON Schema of the body of its credential.
         */
        credential: {
          [k: string]: unknown
        }
      }[]
    }
  }
  /**
   * Look at a table: its figures, its columns with the most usual values, and which are personal.
   */
  'GET /tables/{key}/columns': {
    params: {
      key: string
    }
    answer: TableLook
  }
  /**
   * Say which columns of a table are personal.
   */
  'PUT /tables/{key}/columns': {
    params: {
      key: string
    }
    body: {
      /**
       * Column -> whether it is personal; null takes back what was said. Columns that are not named stay as they are.
       */
      columns: {
        [k: string]: boolean | null
      }
    }
    answer: {
      items: Column[]
    }
  }
  /**
   * Look at an attributes table: its columns, what rules may ask of each, and which are personal.
   */
  'GET /attributes-tables/{key}/columns': {
    params: {
      key: string
    }
    answer: TableLook
  }
  /**
   * Look at a table anew.
   */
  'POST /tables/{key}/refresh': {
    params: {
      key: string
    }
    answer: TableLook
  }
  /**
   * Tell what would break, or lose something, if a column went.
   */
  'GET /tables/{key}/columns/{column}/uses': {
    params: {
      key: string
      column: string
    }
    answer: {
      items: {
        kind: 'query' | 'segment' | 'attributes_table' | 'table'
        key: string
        /**
         * `breaks`: it cannot be run any more. `loses`: it runs, and its result lacks columns.
         */
        effect: 'breaks' | 'loses'
        /**
         * Why it breaks, or which columns are lost.
         */
        detail: string
        /**
         * Keys of those that send it.
         */
        orchestrations: string[]
      }[]
    }
  }
  /**
   * Count the people of a segment, which need not be saved.
   */
  'POST /segments/count': {
    body: SegmentRequestInput
    answer: {
      /**
       * People who belong to it.
       */
      count: number
      /**
       * People of its attributes table.
       */
      total: number
      /**
       * How long counting took.
       */
      ms: number
    }
  }
  /**
   * Read a segment as the SELECT that delivers it.
   */
  'GET /segments/{key}/sql': {
    params: {
      key: string
    }
    answer: {
      /**
       * The SELECT of what it delivers.
       */
      sql: string
      /**
       * The SELECT of the ids of its people, such as a segment by SQL is made of.
       */
      ids_sql: string
    }
  }
  /**
   * Read a segment, which need not be saved, as SQL.
   */
  'POST /segments/sql': {
    body: SegmentRequestInput
    answer: {
      /**
       * The SELECT of what it delivers.
       */
      sql: string
      /**
       * The SELECT of the ids of its people, such as a segment by SQL is made of.
       */
      ids_sql: string
    }
  }
  /**
   * Read a query, or a visual one that need not be saved, as SQL.
   */
  'POST /queries/sql': {
    body: QueryTextRequestInput
    answer: {
      sql: string
    }
  }
  /**
   * Run SQL that need not be saved, or a part of it, and read the first rows.
   */
  'POST /queries/try': {
    body: QueryTryInput
    answer: {
      columns: {
        name: string
        type: string
      }[]
      /**
       * Values as text, `[hidden]` without the right `pii:read`.
       */
      rows: (string | null)[][]
      /**
       * Whether there are more rows than these.
       */
      has_more: boolean
    }
  }
  /**
   * Download every row of a query as CSV, at most 100,000.
   */
  'GET /queries/{key}/download': {
    params: {
      key: string
    }
    answer: null
  }
  /**
   * Download every row of a segment as CSV, at most 100,000.
   */
  'GET /segments/{key}/download': {
    params: {
      key: string
    }
    answer: null
  }
  /**
   * Download every row of an attributes table as CSV, at most 100,000.
   */
  'GET /attributes-tables/{key}/download': {
    params: {
      key: string
    }
    answer: null
  }
  /**
   * Read the first rows of a query.
   */
  'GET /queries/{key}/preview': {
    params: {
      key: string
    }
    query?: {
      limit?: number
    }
    answer: {
      columns: {
        name: string
        type: string
      }[]
      /**
       * Values as text, `[hidden]` without the right `pii:read`.
       */
      rows: (string | null)[][]
      /**
       * Whether there are more rows than these.
       */
      has_more: boolean
    }
  }
  /**
   * Read the first rows of a segment.
   */
  'GET /segments/{key}/preview': {
    params: {
      key: string
    }
    query?: {
      limit?: number
    }
    answer: {
      columns: {
        name: string
        type: string
      }[]
      /**
       * Values as text, `[hidden]` without the right `pii:read`.
       */
      rows: (string | null)[][]
      /**
       * Whether there are more rows than these.
       */
      has_more: boolean
    }
  }
  /**
   * Read the first rows of an attributes table.
   */
  'GET /attributes-tables/{key}/preview': {
    params: {
      key: string
    }
    query?: {
      limit?: number
    }
    answer: {
      columns: {
        name: string
        type: string
      }[]
      /**
       * Values as text, `[hidden]` without the right `pii:read`.
       */
      rows: (string | null)[][]
      /**
       * Whether there are more rows than these.
       */
      has_more: boolean
    }
  }
  /**
   * Check the columns of SQL that need not be saved against a destination; nothing is run and nothing is sent.
   */
  'POST /queries/check': {
    body: QueryCheckInput
    answer: ColumnCheck
  }
  /**
   * Check the columns of a query against a destination; nothing is run and nothing is sent.
   */
  'GET /queries/{key}/check': {
    params: {
      key: string
    }
    query: {
      destination: string
      live?: 'true' | 'false'
    }
    answer: ColumnCheck
  }
  /**
   * Check the columns of a segment against a destination; nothing is run and nothing is sent.
   */
  'GET /segments/{key}/check': {
    params: {
      key: string
    }
    query: {
      destination: string
      live?: 'true' | 'false'
    }
    answer: ColumnCheck
  }
  /**
   * Check the columns of an attributes table against a destination; nothing is run and nothing is sent.
   */
  'GET /attributes-tables/{key}/check': {
    params: {
      key: string
    }
    query: {
      destination: string
      live?: 'true' | 'false'
    }
    answer: ColumnCheck
  }
  /**
   * Plan an orchestration and send nothing.
   */
  'POST /orchestrations/{key}/plan': {
    params: {
      key: string
    }
    body?: {
      /**
       * The first N people only.
       */
      sample?: number | null
      /**
       * Everybody whole, also who did not change.
       */
      full?: boolean
      /**
       * Read the people of the plan in the account first.
       */
      live?: boolean
    }
    answer: Plan
  }
  /**
   * Read a plan that was made before.
   */
  'GET /plans/{id}': {
    params: {
      id: string
    }
    answer: StoredPlan
  }
  /**
   * Read the changes of a plan, exactly as they will be sent.
   */
  'GET /plans/{id}/changes': {
    params: {
      id: string
    }
    query?: {
      limit?: number
      cursor?: string
      q?: string
    }
    answer: {
      items: Change[]
      /**
       * `cursor` of the next page; null at the end.
       */
      next: string | null
    }
  }
  /**
   * Read who cannot be sent as things stand in the account.
   */
  'GET /plans/{id}/conflicts': {
    params: {
      id: string
    }
    query?: {
      limit?: number
      cursor?: string
    }
    answer: {
      items: Conflict[]
      /**
       * `cursor` of the next page; null at the end.
       */
      next: string | null
    }
  }
  /**
   * Put a run into the queue.
   */
  'POST /orchestrations/{key}/runs': {
    params: {
      key: string
    }
    body?: {
      /**
       * The first N people only.
       */
      sample?: number | null
      /**
       * Everybody whole, also who did not change.
       */
      full?: boolean
      /**
       * Read the people of the plan in the account first.
       */
      live?: boolean
      /**
       * Execute this stored plan.
       */
      plan_id?: string | null
      /**
       * Pass a guard that stopped it.
       */
      approve?: boolean
    }
    answer: Workflow
  }
  /**
   * List workflows, newest request first.
   */
  'GET /workflows': {
    query?: {
      state?: ('waiting' | 'running' | 'stopping' | 'stopped' | 'completed' | 'completed_with_alerts' | 'error')[]
      orchestration?: string[]
      trigger?: ('manual' | 'api' | 'cli' | 'schedule' | 'signal' | 'group')[]
      started_by?: string
      group_run?: string
      text?: string
      from?: string
      to?: string
      limit?: number
      cursor?: string
    }
    answer: {
      items: WorkflowHeader[]
      /**
       * `cursor` of the next page; null at the end.
       */
      next: string | null
    }
  }
  /**
   * Read what was done on each of the last days, the earliest first.
   */
  'GET /workflows/days': {
    query?: {
      days?: number
      time_zone?: string
    }
    answer: {
      items: {
        /**
         * Such as 2026-01-31.
         */
        day: string
        /**
         * Those that ended on this day; the rows of one run count once.
         */
        workflows: number
        created: number
        updated: number
        rejected: number
        failed: number
      }[]
    }
  }
  /**
   * Read a workflow with its tasks and the ways out of what stopped it.
   */
  'GET /workflows/{id}': {
    params: {
      id: string
    }
    answer: Workflow
  }
  /**
   * Stop a workflow: a waiting one at once, a running one when its jobs are settled.
   */
  'POST /workflows/{id}/stop': {
    params: {
      id: string
    }
    answer: Workflow
  }
  /**
   * Do what one of the resolutions of a workflow says.
   */
  'POST /workflows/{id}/resolve': {
    params: {
      id: string
    }
    body: {
      /**
       * `id` of one of its resolutions.
       */
      resolution: string
    }
    answer: Workflow
  }
  /**
   * Read what has become of the rows of a workflow.
   */
  'GET /workflows/{id}/records': {
    params: {
      id: string
    }
    query?: {
      outcome?: 'created' | 'updated' | 'unchanged' | 'rejected' | 'failed' | 'merged' | 'pending'
      warnings?: 'true' | 'false'
      alerts?: 'true' | 'false'
      limit?: number
      cursor?: string
      q?: string
    }
    answer: {
      items: Record[]
      /**
       * `cursor` of the next page; null at the end.
       */
      next: string | null
    }
  }
  /**
   * Search the people who were delivered.
   */
  'GET /people': {
    query: {
      search: string
      limit?: number
      cursor?: string
    }
    answer: {
      items: FoundPerson[]
      /**
       * `cursor` of the next page; null at the end.
       */
      next: string | null
    }
  }
  /**
   * Read everything that is known of one person.
   */
  'GET /people/{key}': {
    params: {
      key: string
    }
    query?: {
      field?: string
      destination?: string
    }
    answer: Person
  }
  /**
   * Run a group now.
   */
  'POST /groups/{key}/runs': {
    params: {
      key: string
    }
    answer: GroupRun
  }
  /**
   * List the runs of a group, newest first.
   */
  'GET /groups/{key}/runs': {
    params: {
      key: string
    }
    query?: {
      limit?: number
      cursor?: string
    }
    answer: {
      items: GroupRun[]
      /**
       * `cursor` of the next page; null at the end.
       */
      next: string | null
    }
  }
  /**
   * Begin every group that waits for a signal.
   */
  'POST /signals/{signal}': {
    params: {
      signal: string
    }
    answer: {
      items: GroupRun[]
    }
  }
  /**
   * Read what a cron line means in a time zone.
   */
  'GET /schedules/preview': {
    query: {
      cron: string
      time_zone?: string
      count?: number
    }
    answer: {
      /**
       * The line in words.
       */
      reads: string
      times: string[]
    }
  }
  /**
   * Listen to what happens (server-sent events).
   */
  'GET /events': {
    answer: null
  }
  /**
   * Listen to one workflow (server-sent events).
   */
  'GET /workflows/{id}/events': {
    params: {
      id: string
    }
    answer: null
  }
  /**
   * List who hears of a workflow, oldest first.
   */
  'GET /workflows/{id}/subscriptions': {
    params: {
      id: string
    }
    answer: {
      items: WorkflowSubscription[]
    }
  }
  /**
   * Tell how a workflow ends, or that it runs long, through a channel.
   */
  'POST /workflows/{id}/subscriptions': {
    params: {
      id: string
    }
    body: {
      /**
       * What to tell: how it ends (`succeeded` also with alerts), or that it runs long.
       */
      events: ('failed' | 'succeeded' | 'stopped' | 'runs_long')[]
      /**
       * Key of a channel.
       */
      channel: string
      /**
       * The e-mail address for a channel of type smtp; empty for the others, which know where they send.
       */
      target?: string | ''
      /**
       * runs_long: longer than this.
       */
      runtime_minutes?: number
    }
    answer: WorkflowSubscription
  }
  /**
   * Tell somebody nothing of a workflow any more.
   */
  'DELETE /workflows/{id}/subscriptions/{subscription}': {
    params: {
      id: string
      subscription: string
    }
    answer: null
  }
  /**
   * Find who does not hold any more what was delivered.
   */
  'POST /orchestrations/{key}/drift': {
    params: {
      key: string
    }
    answer: DriftReport
  }
  /**
   * Read every difference that a drift found.
   */
  'GET /drifts/{id}': {
    params: {
      id: string
    }
    query?: {
      limit?: number
      cursor?: string
    }
    answer: {
      items: DriftLine[]
      /**
       * `cursor` of the next page; null at the end.
       */
      next: string | null
    }
  }
  /**
   * Plan what takes the run of a workflow back.
   */
  'POST /workflows/{id}/undo': {
    params: {
      id: string
    }
    answer: UndoReport
  }
  /**
   * Read what an undo leaves as it is.
   */
  'GET /plans/{id}/left': {
    params: {
      id: string
    }
    query?: {
      limit?: number
      cursor?: string
    }
    answer: {
      items: RestLine[]
      /**
       * `cursor` of the next page; null at the end.
       */
      next: string | null
    }
  }
  /**
   * Let an orchestration run again that an undo has paused.
   */
  'POST /orchestrations/{key}/resume': {
    params: {
      key: string
    }
    answer: {
      /**
       * False: it was not paused.
       */
      resumed: boolean
    }
  }
  /**
   * Read who left the result in a run, and what became of that.
   */
  'GET /workflows/{id}/exits': {
    params: {
      id: string
    }
    query?: {
      limit?: number
      cursor?: string
    }
    answer: {
      items: ExitRow[]
      /**
       * `cursor` of the next page; null at the end.
       */
      next: string | null
    }
  }
  /**
   * Forget what was delivered to the account of a destination.
   */
  'POST /destinations/{key}/forget': {
    params: {
      key: string
    }
    answer: {
      /**
       * People.
       */
      forgotten: number
    }
  }
  /**
   * Plan what the account's user fields lack of those that the destination declares.
   */
  'POST /destinations/{key}/fields/plan': {
    params: {
      key: string
    }
    body?: {
      /**
       * Remove options that the destination does not declare.
       */
      options?: boolean
      /**
       * Keys of fields to remove.
       */
      fields?: string[]
    }
    answer: FieldPlan
  }
  /**
   * Apply exactly this plan, and look whether the account shows it.
   */
  'POST /destinations/{key}/fields/apply': {
    params: {
      key: string
    }
    body: FieldPlanInput
    answer: {
      /**
       * Changes.
       */
      applied: number
    }
  }
  /**
   * Sign in with e-mail address and password.
   */
  'POST /sign-in': {
    body: {
      email: string
      password: string
    }
    answer: {
      actor: Actor
      csrf_token: string
      expires_at: string
    }
  }
  /**
   * Read what a one-time link is for.
   */
  'POST /links/open': {
    body: {
      /**
       * What stands behind the # of the link.
       */
      token: string
    }
    answer: {
      kind: 'setup' | 'invitation' | 'reset'
      /**
       * Empty for the first administrator, who gives it.
       */
      email: string
      name: string
      expires_at: string
    }
  }
  /**
   * Set a password by a one-time link, and sign in.
   */
  'POST /links/join': {
    body: {
      /**
       * What stands behind the # of the link.
       */
      token: string
      /**
       * Of the first administrator.
       */
      email?: string
      name?: string
      password: string
    }
    answer: {
      actor: Actor
      csrf_token: string
      expires_at: string
    }
  }
  /**
   * End the session.
   */
  'POST /sign-out': {
    answer: null
  }
  /**
   * Read who asks, what that one may do, and whom to ask for more.
   */
  'GET /me': {
    answer: Me
  }
  /**
   * List the actions that there are, which are the scopes of API keys.
   */
  'GET /actions': {
    answer: {
      items: {
        action:
          | 'project:read'
          | 'segment:read'
          | 'segment:write'
          | 'query:write'
          | 'query:run'
          | 'project:apply'
          | 'column:tag'
          | 'table:upload'
          | 'credential:read'
          | 'credential:write'
          | 'destination:read'
          | 'destination:write'
          | 'destination:test'
          | 'destination:forget'
          | 'destination:fields'
          | 'destination:admin_only'
          | 'orchestration:read'
          | 'orchestration:write'
          | 'orchestration:run'
          | 'workflow:read'
          | 'workflow:control'
          | 'person:read'
          | 'pii:read'
          | 'pii:send'
          | 'data:download'
          | 'notification:read'
          | 'notification:write'
          | 'activity:read'
          | 'key:write'
          | 'key:administer'
          | 'user:read'
          | 'user:write'
          | 'server:read'
          | 'server:maintain'
        description: string
      }[]
    }
  }
  /**
   * Change one’s own password; all other sessions end.
   */
  'POST /me/password': {
    body: {
      current: string
      wanted: string
    }
    answer: null
  }
  /**
   * List one’s own sessions, newest first.
   */
  'GET /me/sessions': {
    answer: {
      items: OwnSession[]
    }
  }
  /**
   * End one of one’s own sessions.
   */
  'DELETE /me/sessions/{id}': {
    params: {
      id: string
    }
    answer: null
  }
  /**
   * List API keys: one’s own, or with `key:administer` those of everybody.
   */
  'GET /keys': {
    answer: {
      items: ApiKey[]
    }
  }
  /**
   * Make an API key.
   */
  'POST /keys': {
    body: {
      name: string
      /**
       * The actions that the key may do.
       */
      scopes: (
        | 'project:read'
        | 'segment:read'
        | 'segment:write'
        | 'query:write'
        | 'query:run'
        | 'project:apply'
        | 'column:tag'
        | 'table:upload'
        | 'credential:read'
        | 'credential:write'
        | 'destination:read'
        | 'destination:write'
        | 'destination:test'
        | 'destination:forget'
        | 'destination:fields'
        | 'destination:admin_only'
        | 'orchestration:read'
        | 'orchestration:write'
        | 'orchestration:run'
        | 'workflow:read'
        | 'workflow:control'
        | 'person:read'
        | 'pii:read'
        | 'pii:send'
        | 'data:download'
        | 'notification:read'
        | 'notification:write'
        | 'activity:read'
        | 'key:write'
        | 'key:administer'
        | 'user:read'
        | 'user:write'
        | 'server:read'
        | 'server:maintain'
      )[]
      expires_at?: string | null
    }
    answer: {
      key: ApiKey
      /**
       * The whole key, shown this once; null in the answer to a repeated request.
       */
      secret: string | null
    }
  }
  /**
   * Delete an API key; it is refused from then on.
   */
  'DELETE /keys/{id}': {
    params: {
      id: string
    }
    answer: null
  }
  /**
   * List the identity providers where one can sign in.
   */
  'GET /sign-in/providers': {
    answer: {
      items: {
        key: string
        name: string
      }[]
    }
  }
  /**
   * Begin to sign in at an identity provider.
   */
  'GET /sign-in/{key}/begin': {
    params: {
      key: string
    }
    query?: {
      return_to?: string
    }
    answer: null
  }
  /**
   * Come back from an identity provider, and be signed in.
   */
  'GET /sign-in/{key}/callback': {
    params: {
      key: string
    }
    query?: {
      code?: string
      state?: string
      iss?: string
      error?: string
    }
    answer: null
  }
  /**
   * List who did what, newest first.
   */
  'GET /activity': {
    query?: {
      actor?: string
      action?: string
      object?: string
      allowed?: 'true' | 'false'
      from?: string
      to?: string
      domain?: string
      text?: string
      limit?: number
      cursor?: string
    }
    answer: {
      items: ActivityEntry[]
      /**
       * `cursor` of the next page; null at the end.
       */
      next: string | null
    }
  }
  /**
   * Download who did what as CSV, newest first.
   */
  'GET /activity/export': {
    query?: {
      actor?: string
      action?: string
      object?: string
      allowed?: 'true' | 'false'
      from?: string
      to?: string
      domain?: string
      text?: string
    }
    answer: null
  }
  /**
   * List the policies and options that users can have, with what each allows.
   */
  'GET /policies': {
    answer: Policies
  }
  /**
   * List users, the earliest first.
   */
  'GET /users': {
    answer: {
      items: User[]
    }
  }
  /**
   * Invite a user.
   */
  'POST /users': {
    body: {
      email: string
      name?: string
      policies: (
        | 'datagrid_administrator'
        | 'datagrid_operator'
        | 'amp360_user'
        | 'ampiq_user'
        | 'datagrid_operator_read_only'
        | 'amp360_user_read_only'
        | 'ampiq_user_read_only'
      )[]
      options?: (
        | 'restrict_pii'
        | 'restrict_downloads'
        | 'restrict_uploads'
        | 'restrict_data_exports'
        | 'allow_user_administration'
        | 'allow_api_key_administration'
      )[]
    }
    answer: {
      user: User
      link: Link
    }
  }
  /**
   * Read a user.
   */
  'GET /users/{id}': {
    params: {
      id: string
    }
    answer: User
  }
  /**
   * Change what a user is called and may do, or disable them.
   */
  'PUT /users/{id}': {
    params: {
      id: string
    }
    body: {
      name?: string
      policies: (
        | 'datagrid_administrator'
        | 'datagrid_operator'
        | 'amp360_user'
        | 'ampiq_user'
        | 'datagrid_operator_read_only'
        | 'amp360_user_read_only'
        | 'ampiq_user_read_only'
      )[]
      options?: (
        | 'restrict_pii'
        | 'restrict_downloads'
        | 'restrict_uploads'
        | 'restrict_data_exports'
        | 'allow_user_administration'
        | 'allow_api_key_administration'
      )[]
      state?: 'active' | 'disabled'
    }
    answer: User
  }
  /**
   * Delete a user with sessions and API keys; the activity log stays.
   */
  'DELETE /users/{id}': {
    params: {
      id: string
    }
    answer: null
  }
  /**
   * Make a link by which a user sets a password.
   */
  'POST /users/{id}/link': {
    params: {
      id: string
    }
    answer: Link
  }
  /**
   * End all sessions of a user.
   */
  'POST /users/{id}/sign-out': {
    params: {
      id: string
    }
    answer: null
  }
  /**
   * List links for handing over a credential, newest first.
   */
  'GET /hand-overs': {
    answer: {
      items: HandOver[]
    }
  }
  /**
   * Make a link by which somebody else enters a secret, once.
   */
  'POST /hand-overs': {
    body: {
      /**
       * Of which the secret is to be replaced.
       */
      credential?: string | null
      /**
       * Of a credential that is to be made: type, name, and the fields that are known; never a secret.
       */
      body?: {
        [k: string]: unknown
      } | null
      /**
       * Of a credential that is to be made; made of its name where it is not given.
       */
      key?: string
      account?: {
        subdomain: string
        /**
         * Of an emulator or a proxy.
         */
        base_url?: string
      } | null
      /**
       * How long the link is good for.
       */
      hours?: number
      /**
       * For the person who opens the link.
       */
      note?: string
    }
    answer: {
      hand_over: HandOver
      /**
       * Shown this once; null in the answer to a repeated request.
       */
      token: string | null
      /**
       * Where it leads on this server.
       */
      path: string | null
    }
  }
  /**
   * End a link; it opens nothing from then on.
   */
  'DELETE /hand-overs/{id}': {
    params: {
      id: string
    }
    answer: null
  }
  /**
   * Read what a link for a secret asks for.
   */
  'POST /links/hand-over/open': {
    body: {
      /**
       * What stands behind the # of the link.
       */
      token: string
    }
    answer: {
      project: string
      /**
       * Empty: the owner of the server.
       */
      asked_by: string
      type_name: string
      name: string
      is_new: boolean
      fields: {
        field: string
        title: string
        secret: boolean
      }[]
      /**
       * Hosts at which it is tried before it is saved.
       */
      accounts: string[]
      note: string
      expires_at: string
    }
  }
  /**
   * Hand over what a link asks for.
   */
  'POST /links/hand-over': {
    body: {
      /**
       * What stands behind the # of the link.
       */
      token: string
      /**
       * Each field that is asked for.
       */
      fields: {
        [k: string]: string
      }
    }
    answer: null
  }
  /**
   * List notifications, newest first.
   */
  'GET /notifications': {
    query?: {
      unread?: 'true' | 'false'
      limit?: number
      cursor?: string
    }
    answer: {
      items: Notification[]
      /**
       * `cursor` of the next page; null at the end.
       */
      next: string | null
      /**
       * How many nobody has read.
       */
      unread: number
    }
  }
  /**
   * Mark notifications as read.
   */
  'POST /notifications/read': {
    body: {
      ids: 'all' | string[]
    }
    answer: null
  }
  /**
   * List notifications on their way through the channels, newest first.
   */
  'GET /dispatches': {
    query?: {
      notification?: string
      state?: 'pending' | 'sending' | 'sent' | 'failed'
      limit?: number
      cursor?: string
    }
    answer: {
      items: Dispatch[]
      /**
       * `cursor` of the next page; null at the end.
       */
      next: string | null
    }
  }
  /**
   * Send a test message through a channel.
   */
  'POST /channels/{key}/test': {
    params: {
      key: string
    }
    body?: {
      /**
       * As in a subscription.
       */
      target?: string
    }
    answer: {
      sent: boolean
      error: string | null
    }
  }
  /**
   * Read what bringing deskside.yml would change.
   */
  'GET /apply': {
    answer: AppliedChanges
  }
  /**
   * Bring deskside.yml: all changes or none.
   */
  'POST /apply': {
    body: {
      /**
       * Of the preview that was looked at.
       */
      revision: number
    }
    answer: AppliedChanges
  }
  /**
   * Read the figures of the server.
   */
  'GET /figures': {
    answer: Figures
  }
  /**
   * Put another CSV file in the place of one that was uploaded.
   */
  'PUT /tables/{key}/content': {
    params: {
      key: string
    }
    query?: {
      types?: string
    }
    answer: Definition
  }
}
/**
 * An object that somebody has defined.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Definition".
 */
export interface Definition {
  kind:
    | 'project'
    | 'source'
    | 'table'
    | 'credential'
    | 'destination'
    | 'query'
    | 'query_draft'
    | 'attributes_table'
    | 'segment'
    | 'orchestration'
    | 'group'
    | 'channel'
    | 'subscription'
    | 'identity_provider'
  key: string
  /**
   * Objects from git are changed by `deskside apply` only.
   */
  source: 'git' | 'ui'
  /**
   * As in deskside.yml, without secrets.
   */
  body: {
    [k: string]: unknown
  }
  version: number
  created_at: string
  updated_at: string
  updated_by: string
  /**
   * Names of the secrets that are set; nobody can read them.
   */
  secrets: string[]
  /**
   * `<kind>/<key>` of the objects that use it.
   */
  used_by: string[]
  status: {
    [k: string]: unknown
  }
}
/**
 * One stage of a connection test.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Stage".
 */
export interface Stage {
  stage: string
  title: string
  outcome: 'ok' | 'note' | 'failed'
  detail: string
  problem: {
    code: string
    message: string
    fix: string
  } | null
}
/**
 * A table with its figures.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "TableLook".
 */
export interface TableLook {
  /**
   * Key of its database.
   */
  database: string
  /**
   * Its name in SQL.
   */
  table: string
  from: 'file' | 'sql' | 'attributes_table' | 'upload' | 'source'
  /**
   * The file that holds it or its SQL; null of an uploaded one.
   */
  source: string | null
  rows: number | null
  columns: number
  /**
   * When its files, or those that its SQL reads, were last written.
   */
  last_loaded_at: string | null
  /**
   * When the figures were taken; they are kept until the table is changed.
   */
  looked_at: string
  /**
   * Code of what kept the figures from being taken.
   */
  problem: string | null
  items: LookedColumn[]
}
/**
 * A column with what was counted of it; null: the table could not be read.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "LookedColumn".
 */
export interface LookedColumn {
  column: string
  /**
   * A type of DuckDB.
   */
  type: string
  /**
   * What it holds, such as `email` or `given-name`; null: not known.
   */
  semantic: string | null
  /**
   * Whether it is personal, by whoever has the last word.
   */
  pii: boolean
  /**
   * Who has it: deskside.yml, a person, or the guess.
   */
  by: 'declared' | 'confirmed' | 'guessed'
  guess: {
    pii: boolean
    why: string
  }
  declared: boolean | null
  confirmed: boolean | null
  /**
   * Null when the table could not be looked at; its columns are personal then.
   */
  sample: {
    /**
     * Rows that were looked at, 10,000 at most.
     */
    rows: number
    null_share: number
    /**
     * Different values, about.
     */
    distinct: number
  } | null
  /**
   * What rules take it for; `date`: times as well, compared by their day in UTC.
   */
  kind: 'text' | 'integer' | 'number' | 'date' | 'boolean' | 'other'
  /**
   * What rules may ask of it.
   */
  operators: (
    | '='
    | '!='
    | '<'
    | '<='
    | '>'
    | '>='
    | 'contains'
    | 'doesNotContain'
    | 'beginsWith'
    | 'doesNotBeginWith'
    | 'endsWith'
    | 'doesNotEndWith'
    | 'null'
    | 'notNull'
    | 'in'
    | 'notIn'
    | 'between'
    | 'notBetween'
    | 'inSegment'
    | 'notInSegment'
    | 'inList'
    | 'notInList'
  )[]
  /**
   * Share of the rows that have a value, from 0 to 1; exact.
   */
  completeness: number | null
  /**
   * Different values.
   */
  distinct: number | null
  /**
   * Different values for each value that there is, from 0 to 1.
   */
  uniqueness: number | null
  /**
   * Whether they were counted exactly, as in tables of up to 10,000 rows.
   */
  distinct_is_exact: boolean | null
  /**
   * The most usual values, cut at 100 characters; `[hidden]` where you may not see them.
   */
  examples: {
    value: string
    /**
     * Rows of a sample that have it.
     */
    rows: number
  }[]
}
/**
 * A column of a table, without a value of it.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Column".
 */
export interface Column {
  column: string
  /**
   * A type of DuckDB.
   */
  type: string
  /**
   * What it holds, such as `email` or `given-name`; null: not known.
   */
  semantic: string | null
  /**
   * Whether it is personal, by whoever has the last word.
   */
  pii: boolean
  /**
   * Who has it: deskside.yml, a person, or the guess.
   */
  by: 'declared' | 'confirmed' | 'guessed'
  guess: {
    pii: boolean
    why: string
  }
  declared: boolean | null
  confirmed: boolean | null
  /**
   * Null when the table could not be looked at; its columns are personal then.
   */
  sample: {
    /**
     * Rows that were looked at, 10,000 at most.
     */
    rows: number
    null_share: number
    /**
     * Different values, about.
     */
    distinct: number
  } | null
}
/**
 * A segment: by its key, or as it is being edited.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "SegmentRequestInput".
 */
export interface SegmentRequestInput {
  /**
   * A segment that is there.
   */
  key?: string
  /**
   * A segment as it would be saved; it need not be saved.
   */
  body?: {
    [k: string]: unknown
  }
}
/**
 * A query: by its key, or a visual one as it is being edited.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "QueryTextRequestInput".
 */
export interface QueryTextRequestInput {
  /**
   * A query that is there.
   */
  key?: string
  /**
   * A visual query as it would be saved; it need not be saved.
   */
  body?: {
    [k: string]: unknown
  }
}
/**
 * SQL that need not be saved, whole or in part.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "QueryTryInput".
 */
export interface QueryTryInput {
  sql: string
  /**
   * Only these lines, counted from 1, both included.
   */
  lines?: {
    from: number
    to: number
  }
  /**
   * Only these, counted from 0 as JavaScript counts them, both included.
   */
  characters?: {
    from: number
    to: number
  }
  /**
   * What it reads; needed where there are several.
   */
  database?: string
  limit?: number
}
/**
 * SQL that need not be saved, and where it would be sent.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "QueryCheckInput".
 */
export interface QueryCheckInput {
  sql: string
  /**
   * What it reads; needed where there are several.
   */
  database?: string
  /**
   * Key of the destination.
   */
  destination: string
  /**
   * `false`: the account is not asked.
   */
  live?: boolean
}
/**
 * What would become of each column at a destination.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "ColumnCheck".
 */
export interface ColumnCheck {
  /**
   * Null: SQL that need not be saved.
   */
  sent: {
    kind: 'query' | 'segment' | 'attributes_table'
    key: string
  } | null
  destination: string
  /**
   * Whether the user fields and settings of the account were read.
   */
  live: boolean
  /**
   * Nothing keeps it from being planned.
   */
  ok: boolean
  /**
   * In the order of the result.
   */
  columns: {
    column: string
    /**
     * A type of DuckDB.
     */
    type: string
    /**
     * `read`: looked at and not sent. `refused`: nothing can be sent as long as the column is there.
     */
    use: 'sent' | 'read' | 'ignored' | 'refused'
    /**
     * The attribute, such as `external_id` or `user_fields.city`.
     */
    becomes: string | null
    /**
     * Type of the user field in the account, where it was asked.
     */
    field_type: string | null
    /**
     * What it feeds, in words.
     */
    meaning: string
    /**
     * Why it is ignored or refused.
     */
    why: string | null
    did_you_mean: string | null
    notes: string[]
    personal: boolean
  }[]
  /**
   * The first is what a plan would end with.
   */
  problems: {
    code: string
    message: string
    fix: string
    /**
     * Empty: it is about the whole.
     */
    columns: string[]
  }[]
  /**
   * Users with restricted access to personal values may send to the destination.
   */
  limited_pii: boolean
  /**
   * Whoever asks may send personal values to the destination.
   */
  may_send: boolean
}
/**
 * What a run would send; nothing has been sent.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Plan".
 */
export interface Plan {
  plan_id: string
  origin: 'query' | 'repair' | 'undo'
  orchestration: string
  account: string
  planned_at: string
  sample: number | null
  full: boolean
  rows: {
    total: number
    rejected: number
    merged: number
    unchanged: number
  }
  people: {
    total: number
    create: number
    update: number
    unchanged: number
    rekeyed: number
    further_emails: number
    cleared_values: number
  }
  rejected: {
    code: string
    rows: number
    reason: string
  }[]
  warnings: {
    code: string
    field: string
    rows: number
    reason: string
  }[]
  ignored_columns: {
    column: string
    did_you_mean: string | null
  }[]
  notes: string[]
  guards: {
    code: string
    message: string
  }[]
  row_alerts: RowAlert[]
  live: {
    people: number
    requests: number
    creates: number
    updates: number
    adopts: number
    equal: number
    conflicts: number
    read: 'ownership' | 'first_contact' | 'everybody'
  } | null
  conflicts_sample: Conflict[]
  exits: {
    action: 'nothing' | 'clear_fields' | 'remove_tags' | 'suspend' | 'delete'
    people: number
    already_gone: number
  } | null
  cost: {
    writes: number
    polls: number
    reads: number
    requests: number
    eta_ms: number
  }
  changes_sample: Change[]
}
/**
 * A bound of the alerts of the orchestration that only warns.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "RowAlert".
 */
export interface RowAlert {
  code: 'rows_below' | 'rows_above' | 'rows_changed'
  message: string
  rows: number
  /**
   * Rows; of `rows_changed` a percentage.
   */
  bound: number
  /**
   * Of the last completed run.
   */
  last_rows: number | null
}
/**
 * Who cannot be sent as things stand in the account, why, and what to do.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Conflict".
 */
export interface Conflict {
  row: number
  external_id: string | null
  email: string | null
  name: string | null
  code: string
  reason: string
  action: string
}
/**
 * One change of a plan, exactly what will be sent.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Change".
 */
export interface Change {
  change: number
  kind: string
  wave: number
  row: number
  external_id: string | null
  email: string | null
  name: string | null
  zendesk_id: string | null
  fields: {
    field: string
    old: string | null
    new: string | null
  }[]
}
/**
 * A plan as it is kept; the people in it are lists of their own.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "StoredPlan".
 */
export interface StoredPlan {
  plan_id: string
  origin: 'query' | 'repair' | 'undo'
  orchestration: string
  account: string
  planned_at: string
  sample: number | null
  full: boolean
  rows: {
    total: number
    rejected: number
    merged: number
    unchanged: number
  }
  people: {
    total: number
    create: number
    update: number
    unchanged: number
    rekeyed: number
    further_emails: number
    cleared_values: number
  }
  rejected: {
    code: string
    rows: number
    reason: string
  }[]
  warnings: {
    code: string
    field: string
    rows: number
    reason: string
  }[]
  ignored_columns: {
    column: string
    did_you_mean: string | null
  }[]
  notes: string[]
  guards: {
    code: string
    message: string
  }[]
  row_alerts: RowAlert[]
  live: {
    people: number
    requests: number
    creates: number
    updates: number
    adopts: number
    equal: number
    conflicts: number
    read: 'ownership' | 'first_contact' | 'everybody'
  } | null
  exits: {
    action: 'nothing' | 'clear_fields' | 'remove_tags' | 'suspend' | 'delete'
    people: number
    already_gone: number
  } | null
  cost: {
    writes: number
    polls: number
    reads: number
    requests: number
    eta_ms: number
  }
  /**
   * Of its run; `waiting` until it is run.
   */
  state: 'waiting' | 'running' | 'stopping' | 'stopped' | 'completed' | 'completed_with_alerts' | 'error'
  /**
   * False: it was run to its end, or another plan has taken its place.
   */
  open: boolean
}
/**
 * A workflow with its tasks and the ways out of what stopped it.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Workflow".
 */
export interface Workflow {
  id: string
  orchestration: string
  state: 'waiting' | 'running' | 'stopping' | 'stopped' | 'completed' | 'completed_with_alerts' | 'error'
  trigger: 'manual' | 'api' | 'cli' | 'schedule' | 'signal' | 'group'
  /**
   * Id of whoever asked for it; null: automated.
   */
  started_by: string | null
  group_run: string | null
  request: {
    [k: string]: unknown
  }
  /**
   * Query, settings and versions of the definitions when it began.
   */
  launched: {
    [k: string]: unknown
  }
  rows: {
    [k: string]: unknown
  } | null
  /**
   * What stopped the last attempt that has ended.
   */
  problem: {
    [k: string]: unknown
  } | null
  /**
   * Its run in the ledger, once there is one.
   */
  run_id: string | null
  attempt: number
  requested_at: string
  started_at: string | null
  ended_at: string | null
  tasks: {
    task: 'extract' | 'map' | 'plan' | 'deliver' | 'settle' | 'confirm'
    state: 'waiting' | 'running' | 'succeeded' | 'failed' | 'stopped' | 'skipped' | 'issue'
    started_at: string | null
    ended_at: string | null
    input: {
      [k: string]: unknown
    }
    output: {
      [k: string]: unknown
    }
    problem: {
      code: string
      message: string
      fix: string
    } | null
  }[]
  /**
   * Live, while it runs.
   */
  progress: {
    [k: string]: unknown
  } | null
  /**
   * Ways out, the most likely first; empty when nothing is wrong.
   */
  resolutions: {
    id: string
    /**
     * What has happened, in two to five words.
     */
    title: string
    causes: string[]
    steps: string[]
    action: 'retry' | 'restart' | 'approve' | 'raise_threshold' | 'create_fields' | 'skip_confirm' | 'one_by_one'
    /**
     * Where to go first.
     */
    page: string | null
  }[]
  /**
   * Rows that were not sent, by reason.
   */
  row_groups: {
    code: string
    rows: number
    reason: string
    fix: string
  }[]
  /**
   * What the number of rows of its plan gives to say.
   */
  row_alerts: RowAlert[]
}
/**
 * A workflow as lists show it.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "WorkflowHeader".
 */
export interface WorkflowHeader {
  id: string
  orchestration: string
  state: 'waiting' | 'running' | 'stopping' | 'stopped' | 'completed' | 'completed_with_alerts' | 'error'
  trigger: 'manual' | 'api' | 'cli' | 'schedule' | 'signal' | 'group'
  /**
   * Id of whoever asked for it; null: automated.
   */
  started_by: string | null
  group_run: string | null
  request: {
    [k: string]: unknown
  }
  /**
   * Query, settings and versions of the definitions when it began.
   */
  launched: {
    [k: string]: unknown
  }
  rows: {
    [k: string]: unknown
  } | null
  /**
   * What stopped the last attempt that has ended.
   */
  problem: {
    [k: string]: unknown
  } | null
  /**
   * Its run in the ledger, once there is one.
   */
  run_id: string | null
  attempt: number
  requested_at: string
  started_at: string | null
  ended_at: string | null
}
/**
 * What has become of one row.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Record".
 */
export interface Record {
  row: number
  external_id: string | null
  email: string | null
  name: string | null
  outcome: 'created' | 'updated' | 'unchanged' | 'rejected' | 'failed' | 'merged' | 'pending'
  field: string | null
  value: string | null
  code: string | null
  reason: string | null
}
/**
 * Somebody who was delivered.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "FoundPerson".
 */
export interface FoundPerson {
  /**
   * One to the account, that you may see; that of the orchestration where you may.
   */
  destination: string
  account: string
  external_id: string | null
  name: string | null
  /**
   * All addresses ever given.
   */
  emails: string[]
  /**
   * Which delivered last.
   */
  orchestration: string
  delivered_at: string
  /**
   * What was done when the person left the result; null: they are in it.
   */
  exit: string | null
}
/**
 * Everything that is known of one person.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Person".
 */
export interface Person {
  key: string
  field: string | null
  /**
   * Nobody when the key is unknown everywhere; several when it means several people.
   */
  people: {
    destination: string
    account: string
    zendesk_id: string | null
    external_id: string | null
    emails: string[]
    orchestration: string | null
    delivered_at: string | null
    exit: string | null
    /**
     * Oldest first.
     */
    history: {
      run_id: string
      orchestration: string
      origin: 'query' | 'repair' | 'undo'
      started_at: string
      status: string
      query: {
        digest: string
        changed: boolean | null
      } | null
      changes: {
        change: number
        kind: string
        fields: {
          field: string
          old: string | null
          new: string | null
        }[]
        /**
         * Null: not sent, or no word yet.
         */
        outcome: {
          status: 'created' | 'updated' | 'failed'
          zendesk_id: string | null
          code: string | null
          reason: string | null
          at: string
        } | null
        follow_ups: {
          kind: 'whole' | 'again'
          outcome: {
            status: 'created' | 'updated' | 'failed'
            zendesk_id: string | null
            code: string | null
            reason: string | null
            at: string
          } | null
        }[]
      }[]
      rejected: {
        row: number
        field: string | null
        value: string | null
        code: string
        reason: string
      }[]
      warnings: {
        row: number
        field: string
        value: string | null
        code: string
        reason: string
      }[]
      alerts: {
        field: string
        given: string | null
        found: string | null
        code: string
        reason: string
      }[]
    }[]
    older: {
      runs: number
      note: string
    } | null
    now: {
      /**
       * Null when the account could not be read; `problem` says why.
       */
      there: boolean | null
      zendesk_id: string | null
      external_id: string | null
      emails: string[]
      role: ('end-user' | 'agent' | 'admin') | null
      suspended: boolean | null
      updated_at: string | null
      fields: {
        field: string
        delivered: string | null
        found: string | null
        verdict: 'same' | 'different' | 'not_comparable'
        code: string | null
      }[]
      problem: {
        code: string
        message: string
        fix: string
      } | null
    }
  }[]
  /**
   * Requests to Zendesk that this took.
   */
  requests: number
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "GroupRun".
 */
export interface GroupRun {
  id: string
  group: string
  trigger: 'manual' | 'api' | 'cli' | 'schedule' | 'signal' | 'group'
  started_by: string | null
  /**
   * The tick that it is for; null when it was not scheduled.
   */
  due_at: string | null
  state: 'running' | 'completed' | 'error'
  started_at: string
  ended_at: string | null
}
/**
 * Who hears of one workflow.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "WorkflowSubscription".
 */
export interface WorkflowSubscription {
  id: string
  workflow: string
  events: ('failed' | 'succeeded' | 'stopped' | 'runs_long')[]
  channel: string
  target: string
  runtime_minutes: number
  created_at: string
  created_by: string
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "DriftReport".
 */
export interface DriftReport {
  /**
   * Null: nothing drifted.
   */
  drift_id: string | null
  orchestration: string
  account: string
  read_at: string
  people: {
    read: number
    drifted: number
    gone: number
  }
  fields: {
    field: string
    code: string
    people: number
  }[]
  requests: number
  /**
   * What repairs it; null: nothing would.
   */
  plan: Plan | null
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "DriftLine".
 */
export interface DriftLine {
  person: number
  zendesk_id: string
  external_id: string | null
  email: string | null
  name: string | null
  /**
   * `zendesk_id` for somebody who is gone.
   */
  field: string
  delivered: string | null
  found: string | null
  code: string
  reason: string
  /**
   * The repair sends this field.
   */
  repaired: boolean
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "UndoReport".
 */
export interface UndoReport {
  undone_run: string
  orchestration: string
  plan: Plan
  people: {
    read: number
    restored: number
  }
  fields: {
    restored: number
    already: number
    left: number
  }
  rest: {
    code: string
    lines: number
    reason: string
  }[]
  requests: number
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "RestLine".
 */
export interface RestLine {
  zendesk_id: string | null
  external_id: string | null
  email: string | null
  /**
   * Null: it is about the person.
   */
  field: string | null
  old: string | null
  written: string | null
  found: string | null
  code: string
  reason: string
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "ExitRow".
 */
export interface ExitRow {
  external_id: string | null
  email: string | null
  name: string | null
  action: 'nothing' | 'clear_fields' | 'remove_tags' | 'suspend' | 'delete'
  outcome: 'done' | 'gone' | 'failed' | 'pending'
  code: string | null
  reason: string | null
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "FieldPlan".
 */
export interface FieldPlan {
  account: string
  declared: number
  removal: {
    options: boolean
    fields: string[]
  }
  changes: (
    | {
        change: 'create_field'
        key: string
        field: {
          type: string
          title: string
          description: string | null
          active: boolean
          pattern: string | null
          tag: string | null
          relationship_target_type: string | null
          options: {
            value: string
            name: string
          }[]
        }
      }
    | {
        change: 'set'
        key: string
        attribute: 'title' | 'description' | 'pattern' | 'tag' | 'active'
        from: unknown
        to: unknown
      }
    | {
        change: 'add_option'
        key: string
        value: string
        name: string
      }
    | {
        change: 'rename_option'
        key: string
        value: string
        from: string
        to: string
      }
    | {
        change: 'remove_option'
        key: string
        value: string
        name: string
      }
    | {
        change: 'remove_field'
        key: string
        type: string
        title: string
      }
  )[]
  conflicts: {
    key: string
    reason: string
    fix: string
  }[]
  left_alone: {
    fields: {
      key: string
      type: string
      title: string
      active: boolean
    }[]
    options: {
      key: string
      value: string
      name: string
    }[]
  }
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "FieldPlanInput".
 */
export interface FieldPlanInput {
  account: string
  declared: number
  removal: {
    options: boolean
    fields: string[]
    [k: string]: unknown
  }
  changes: (
    | {
        change: 'create_field'
        key: string
        field: {
          type: string
          title: string
          description: string | null
          active: boolean
          pattern: string | null
          tag: string | null
          relationship_target_type: string | null
          options: {
            value: string
            name: string
            [k: string]: unknown
          }[]
          [k: string]: unknown
        }
        [k: string]: unknown
      }
    | {
        change: 'set'
        key: string
        attribute: 'title' | 'description' | 'pattern' | 'tag' | 'active'
        from: unknown
        to: unknown
        [k: string]: unknown
      }
    | {
        change: 'add_option'
        key: string
        value: string
        name: string
        [k: string]: unknown
      }
    | {
        change: 'rename_option'
        key: string
        value: string
        from: string
        to: string
        [k: string]: unknown
      }
    | {
        change: 'remove_option'
        key: string
        value: string
        name: string
        [k: string]: unknown
      }
    | {
        change: 'remove_field'
        key: string
        type: string
        title: string
        [k: string]: unknown
      }
  )[]
  conflicts: {
    key: string
    reason: string
    fix: string
    [k: string]: unknown
  }[]
  left_alone: {
    fields: {
      key: string
      type: string
      title: string
      active: boolean
      [k: string]: unknown
    }[]
    options: {
      key: string
      value: string
      name: string
      [k: string]: unknown
    }[]
    [k: string]: unknown
  }
  [k: string]: unknown
}
/**
 * Who asks.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Actor".
 */
export interface Actor {
  kind: 'user' | 'key' | 'cli' | 'system'
  id: string
  name: string
  /**
   * What this one may do.
   */
  may: (
    | 'project:read'
    | 'segment:read'
    | 'segment:write'
    | 'query:write'
    | 'query:run'
    | 'project:apply'
    | 'column:tag'
    | 'table:upload'
    | 'credential:read'
    | 'credential:write'
    | 'destination:read'
    | 'destination:write'
    | 'destination:test'
    | 'destination:forget'
    | 'destination:fields'
    | 'destination:admin_only'
    | 'orchestration:read'
    | 'orchestration:write'
    | 'orchestration:run'
    | 'workflow:read'
    | 'workflow:control'
    | 'person:read'
    | 'pii:read'
    | 'pii:send'
    | 'data:download'
    | 'notification:read'
    | 'notification:write'
    | 'activity:read'
    | 'key:write'
    | 'key:administer'
    | 'user:read'
    | 'user:write'
    | 'server:read'
    | 'server:maintain'
  )[]
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Me".
 */
export interface Me {
  kind: 'user' | 'key' | 'cli' | 'system'
  id: string
  name: string
  /**
   * What this one may do.
   */
  may: (
    | 'project:read'
    | 'segment:read'
    | 'segment:write'
    | 'query:write'
    | 'query:run'
    | 'project:apply'
    | 'column:tag'
    | 'table:upload'
    | 'credential:read'
    | 'credential:write'
    | 'destination:read'
    | 'destination:write'
    | 'destination:test'
    | 'destination:forget'
    | 'destination:fields'
    | 'destination:admin_only'
    | 'orchestration:read'
    | 'orchestration:write'
    | 'orchestration:run'
    | 'workflow:read'
    | 'workflow:control'
    | 'person:read'
    | 'pii:read'
    | 'pii:send'
    | 'data:download'
    | 'notification:read'
    | 'notification:write'
    | 'activity:read'
    | 'key:write'
    | 'key:administer'
    | 'user:read'
    | 'user:write'
    | 'server:read'
    | 'server:maintain'
  )[]
  /**
   * Users who set up destinations, for whoever finds none or lacks a right.
   */
  ask: string[]
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "OwnSession".
 */
export interface OwnSession {
  id: string
  created_at: string
  expires_at: string
  address: string
  agent: string
  /**
   * The session that asks.
   */
  is_this: boolean
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "ApiKey".
 */
export interface ApiKey {
  id: string
  name: string
  user: string
  scopes: string[]
  created_at: string
  expires_at: string | null
  last_used_at: string | null
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "ActivityEntry".
 */
export interface ActivityEntry {
  id: string
  at: string
  actor: string
  /**
   * What the actor was called at that time.
   */
  actor_name: string
  action: string
  object: string
  allowed: boolean
  detail: {
    [k: string]: unknown
  }
  /**
   * Network address of the request.
   */
  address: string
  /**
   * What the program called itself.
   */
  agent: string
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Policies".
 */
export interface Policies {
  policies: {
    key:
      | 'datagrid_administrator'
      | 'datagrid_operator'
      | 'amp360_user'
      | 'ampiq_user'
      | 'datagrid_operator_read_only'
      | 'amp360_user_read_only'
      | 'ampiq_user_read_only'
    name: string
    description: string
    actions: (
      | 'project:read'
      | 'segment:read'
      | 'segment:write'
      | 'query:write'
      | 'query:run'
      | 'project:apply'
      | 'column:tag'
      | 'table:upload'
      | 'credential:read'
      | 'credential:write'
      | 'destination:read'
      | 'destination:write'
      | 'destination:test'
      | 'destination:forget'
      | 'destination:fields'
      | 'destination:admin_only'
      | 'orchestration:read'
      | 'orchestration:write'
      | 'orchestration:run'
      | 'workflow:read'
      | 'workflow:control'
      | 'person:read'
      | 'pii:read'
      | 'pii:send'
      | 'data:download'
      | 'notification:read'
      | 'notification:write'
      | 'activity:read'
      | 'key:write'
      | 'key:administer'
      | 'user:read'
      | 'user:write'
      | 'server:read'
      | 'server:maintain'
    )[]
  }[]
  options: {
    key:
      | 'restrict_pii'
      | 'restrict_downloads'
      | 'restrict_uploads'
      | 'restrict_data_exports'
      | 'allow_user_administration'
      | 'allow_api_key_administration'
    name: string
    description: string
    effect: 'allow' | 'deny'
    actions: (
      | 'project:read'
      | 'segment:read'
      | 'segment:write'
      | 'query:write'
      | 'query:run'
      | 'project:apply'
      | 'column:tag'
      | 'table:upload'
      | 'credential:read'
      | 'credential:write'
      | 'destination:read'
      | 'destination:write'
      | 'destination:test'
      | 'destination:forget'
      | 'destination:fields'
      | 'destination:admin_only'
      | 'orchestration:read'
      | 'orchestration:write'
      | 'orchestration:run'
      | 'workflow:read'
      | 'workflow:control'
      | 'person:read'
      | 'pii:read'
      | 'pii:send'
      | 'data:download'
      | 'notification:read'
      | 'notification:write'
      | 'activity:read'
      | 'key:write'
      | 'key:administer'
      | 'user:read'
      | 'user:write'
      | 'server:read'
      | 'server:maintain'
    )[]
  }[]
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "User".
 */
export interface User {
  id: string
  email: string
  name: string
  state: 'active' | 'disabled'
  policies: string[]
  options: string[]
  /**
   * What policies and options come to; nothing for who is disabled.
   */
  may: (
    | 'project:read'
    | 'segment:read'
    | 'segment:write'
    | 'query:write'
    | 'query:run'
    | 'project:apply'
    | 'column:tag'
    | 'table:upload'
    | 'credential:read'
    | 'credential:write'
    | 'destination:read'
    | 'destination:write'
    | 'destination:test'
    | 'destination:forget'
    | 'destination:fields'
    | 'destination:admin_only'
    | 'orchestration:read'
    | 'orchestration:write'
    | 'orchestration:run'
    | 'workflow:read'
    | 'workflow:control'
    | 'person:read'
    | 'pii:read'
    | 'pii:send'
    | 'data:download'
    | 'notification:read'
    | 'notification:write'
    | 'activity:read'
    | 'key:write'
    | 'key:administer'
    | 'user:read'
    | 'user:write'
    | 'server:read'
    | 'server:maintain'
  )[]
  has_password: boolean
  /**
   * The issuer who says who this is.
   */
  single_sign_on: string | null
  /**
   * Until when a link for a password is open.
   */
  link_until: string | null
  created_at: string
  last_seen_at: string | null
  version: number
}
/**
 * A link for one use, to be handed to one person.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Link".
 */
export interface Link {
  kind: 'invitation' | 'reset'
  /**
   * Shown this once; null in the answer to a repeated request.
   */
  token: string | null
  /**
   * Where it leads on this server.
   */
  path: string | null
  expires_at: string
}
/**
 * A link by which somebody else enters a secret.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "HandOver".
 */
export interface HandOver {
  id: string
  credential: string
  is_new: boolean
  type_name: string
  name: string
  account: {
    subdomain: string
    /**
     * Of an emulator or a proxy.
     */
    base_url?: string
  } | null
  note: string
  asked_by: string
  /**
   * Tests that have failed.
   */
  failures: number
  state: 'open' | 'used' | 'over'
  created_at: string
  expires_at: string
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Notification".
 */
export interface Notification {
  id: string
  event: string
  severity: 'info' | 'warning' | 'error' | 'recovery'
  orchestration: string | null
  workflow: string | null
  title: string
  text: string
  link: string | null
  at: string
  read_at: string | null
}
/**
 * A notification on its way through one channel.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Dispatch".
 */
export interface Dispatch {
  id: string
  notification: string
  channel: string
  target: string
  state: 'pending' | 'sending' | 'sent' | 'failed'
  attempts: number
  next_at: string
  last_error: string | null
  sent_at: string | null
}
/**
 * What bringing deskside.yml changes.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "AppliedChanges".
 */
export interface AppliedChanges {
  changes: {
    change: 'create' | 'update' | 'delete'
    kind: string
    key: string
    fields: string[]
  }[]
  /**
   * Of the definitions that these changes were computed against.
   */
  revision: number
}
/**
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Figures".
 */
export interface Figures {
  version: string
  started_at: string
  workflows: {
    waiting: number
    running: number
  }
  delivered: {
    created: number
    updated: number
    failed: number
    rejected: number
  }
  /**
   * Requests to Zendesk since the start of the process.
   */
  requests: number
  orchestrations: {
    orchestration: string
    state: string
    ended_at: string | null
  }[]
}
/**
 * Why the request was not done (RFC 9457). Members beside these depend on the code.
 *
 * This interface was referenced by `Operations`'s JSON-Schema
 * via the `definition` "Problem".
 */
export interface Problem {
  /**
   * `urn:deskside:problem:<code>`
   */
  type: string
  title: string
  status: number
  /**
   * What happened, as a sentence.
   */
  detail: string
  /**
   * A code of the reference of problems.
   */
  code: string
  /**
   * What to do, as an imperative sentence.
   */
  fix: string
  /**
   * Who has to act.
   */
  who: 'you' | 'source' | 'destination' | 'us'
  request_id: string
  /**
   * Every mistake of the request, by JSON Pointer into {path, query, headers, body}.
   */
  errors?: {
    pointer: string
    message: string
  }[]
  [k: string]: unknown
}

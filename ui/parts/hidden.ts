/** What the API gives in the place of a personal value that somebody may not see. */
export const HIDDEN = '[hidden]'

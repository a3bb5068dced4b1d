import { Problem } from '../problem.ts'

const MIB = 1024 * 1024

const usualMib = 512

/** Largest file that a server takes, by DESKSIDE_UPLOAD_LIMIT_MIB. Throws `usage.invalid`. */
export function uploadLimitBytes(env: NodeJS.ProcessEnv): number {
  const text = env.DESKSIDE_UPLOAD_LIMIT_MIB ?? String(usualMib)
  const mib = Number(text)
  if (/^\d+$/.test(text) && mib >= 1 && mib <= MIB) return mib * MIB
  throw new Problem('usage.invalid', {
    message: `DESKSIDE_UPLOAD_LIMIT_MIB is ${JSON.stringify(text)}.`,
    fix: `Set DESKSIDE_UPLOAD_LIMIT_MIB to a whole number from 1 to ${MIB}, or leave it out for ${usualMib}.`,
  })
}

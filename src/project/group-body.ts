import { z } from 'zod'
import { readCronLine } from '../cron-line.ts'
import { Problem } from '../problem.ts'
import type { Definition } from '../store/store.ts'
import { timeZoneMistake } from './time-zone.ts'

/** Keys are written in commands and file names. */
const key = z
  .string()
  .regex(
    /^[A-Za-z][A-Za-z0-9_-]{0,63}$/,
    'must start with a letter and go on with letters, digits, _ or -, at most 64 in all',
  )

export const cron = z
  .string()
  .superRefine((line, context) => {
    for (const message of readCronLine(line).mistakes) context.addIssue({ code: 'custom', message })
  })
  .describe('Minute, hour, day of month, month and day of week, as in cron: `30 8 * * mon-fri`.')

const timeZone = z
  .string()
  .superRefine((zone, context) => {
    const message = timeZoneMistake(zone)
    if (message !== null) context.addIssue({ code: 'custom', message })
  })
  .describe('IANA time zone whose clock the cron line reads.')

const run = z.discriminatedUnion('on', [
  z.strictObject({ on: z.literal('schedule'), cron, time_zone: timeZone.default('UTC') }),
  z.strictObject({ on: z.literal('signal'), signal: key.describe('Name of the signal that begins the group.') }),
  z.strictObject({
    on: z.literal('group'),
    group: key.describe('Key of the group after whose completed runs this one runs.'),
  }),
  z.strictObject({ on: z.literal('manual') }),
])

const orchestrations = z
  .array(key)
  .min(1, 'must name at least one orchestration')
  .superRefine((keys, context) => {
    for (const [index, one] of keys.entries())
      if (keys.indexOf(one) < index)
        context.addIssue({
          code: 'custom',
          path: [index],
          message: `must name each orchestration once: ${one} is there twice`,
        })
  })
  .describe('Keys of the orchestrations that run, in this order.')

/** A group as deskside.yml and the API have it, as far as it can be judged without other objects. */
export const groupBody = z.strictObject({
  name: z.string().min(1).optional().describe('What people read; the key is used where there is none.'),
  description: z.string().optional().describe('For people.'),
  enabled: z.boolean().default(true).describe('false: it runs by hand only.'),
  run: run.describe('What begins the group.'),
  orchestrations,
})

export type GroupBody = z.output<typeof groupBody>

/** The body of a group as it is stored. Throws `definition.invalid` with every mistake, each as `<place> must ...`. */
export function readGroupBody({ key: name, body }: Pick<Definition, 'key' | 'body'>): GroupBody {
  const read = groupBody.safeParse(body)
  if (read.success) return read.data
  const mistakes = read.error.issues.map((issue) => `${issue.path.join('.') || 'the group'}: ${issue.message}`)
  throw new Problem('definition.invalid', {
    message: `The group "${name}" has ${mistakes.length === 1 ? 'a mistake' : 'mistakes'}: ${mistakes.join('. ')}.`,
    data: { kind: 'group', key: name, mistakes },
  })
}

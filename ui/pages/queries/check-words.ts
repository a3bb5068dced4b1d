import type { ColumnCheck } from '../../api/operations.ts'

/** `email → email: e-mail address`; `detials is ignored: did you mean details?` */
export function columnInWords(one: ColumnCheck['columns'][number]): string {
  const { column, use, becomes, meaning, why, did_you_mean: meant } = one
  if (use === 'sent' || use === 'read')
    return [`${column} → ${becomes ?? 'not sent'}`, meaning].filter((part) => part !== '').join(': ')
  const what = use === 'ignored' ? 'is ignored' : 'is refused'
  const reasons = [why, meant === null ? null : `did you mean ${meant}?`].filter((part) => part !== null)
  return `${column} ${what}: ${reasons.join('; ')}`
}

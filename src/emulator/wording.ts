/**
 * Words of record errors in the language of the API user (JINMU: a duplicate key reads `键值： support_description1 已被使用`).
 * Codes, keys and statuses are the same in every language. Assumption: all words but that one; what has no translation stays English.
 */
import type { Reply } from './reply.ts'

export const locales = ['en-US', 'de', 'zh-CN'] as const
export type Locale = (typeof locales)[number]

type Texts = Record<Exclude<Locale, 'en-US'>, string>

/** `$1` is the label, which is translated by itself; `$2` the value. */
const sentences: readonly [english: RegExp, texts: Texts][] = [
  [
    /^(\w+): (.*) is already being used by another user$/s,
    { de: '$1: $2 wird bereits von einem anderen Benutzer verwendet', 'zh-CN': '$1： $2 已被其他用户使用' },
  ],
  [
    /^(\w+): (.*) is not properly formatted$/s,
    { de: '$1: $2 hat kein gültiges Format', 'zh-CN': '$1： $2 格式不正确' },
  ],
  [
    /^(\w+): {2}is too short/,
    { de: '$1:  ist zu kurz (mindestens ein Zeichen)', 'zh-CN': '$1：  太短（至少一个字符）' },
  ],
  [
    /^(\w+): {2}is too long/,
    { de: '$1:  ist zu lang (höchstens 255 Zeichen)', 'zh-CN': '$1：  太长（最多 255 个字符）' },
  ],
  [/^(\w+):? has already been taken$/, { de: '$1: ist bereits vergeben', 'zh-CN': '$1： 已被使用' }],
  [/^(\w+): (.*) has already been taken$/s, { de: '$1: $2 ist bereits vergeben', 'zh-CN': '$1： $2 已被使用' }],
  [/^(\w+):? (?:cannot be|can't be) blank$/, { de: '$1: darf nicht leer sein', 'zh-CN': '$1： 不能为空' }],
  [/^(.+): is invalid$/s, { de: '$1: ist ungültig', 'zh-CN': '$1： 无效' }],
  [/^([^:]+): (.*) is (?:invalid|not a valid \w+)$/s, { de: '$1: $2 ist ungültig', 'zh-CN': '$1： $2 无效' }],
  [/^Database collision$/, { de: 'Datenbankkonflikt', 'zh-CN': '数据库冲突' }],
  [/^Not found$/, { de: 'Nicht gefunden', 'zh-CN': '未找到' }],
  [
    /^You are not allowed to update this user$/,
    { de: 'Sie dürfen diesen Benutzer nicht ändern', 'zh-CN': '您无权更新此用户' },
  ],
  [/^Record validation errors$/, { de: 'Fehler bei der Prüfung des Datensatzes', 'zh-CN': '记录验证错误' }],
]

const labels: Readonly<Record<string, Texts>> = {
  Name: { de: 'Name', 'zh-CN': '姓名' },
  Email: { de: 'E-Mail', 'zh-CN': '电子邮件' },
  Phone: { de: 'Telefon', 'zh-CN': '电话' },
  External: { de: 'Externe ID', 'zh-CN': '外部 ID' },
  Value: { de: 'Wert', 'zh-CN': '值' },
  Key: { de: 'Schlüssel', 'zh-CN': '键值' },
  Type: { de: 'Typ', 'zh-CN': '类型' },
  Role: { de: 'Rolle', 'zh-CN': '角色' },
  User: { de: 'Benutzer', 'zh-CN': '用户' },
  Organization: { de: 'Organisation', 'zh-CN': '组织' },
}

/** The sentence in that language. */
export function localized(sentence: string, locale: Locale): string {
  if (locale === 'en-US') return sentence
  // COMM-ORDER: the words of a job may carry a second label in front.
  if (sentence.startsWith('Name: Email: ')) return `${labelled('Name', locale)}${localized(sentence.slice(6), locale)}`
  for (const [english, texts] of sentences) {
    const match = english.exec(sentence)
    if (!match) continue
    const [, label = '', value = ''] = match
    return texts[locale].replace(/\$[12]/g, (mark) => (mark === '$2' ? value : (labels[label]?.[locale] ?? label)))
  }
  return sentence
}

function labelled(label: string, locale: Exclude<Locale, 'en-US'>): string {
  return `${labels[label]![locale]}${locale === 'zh-CN' ? '： ' : ': '}`
}

/** A refusal of a record, with its descriptions in that language. Other answers stay as they are. */
export function localizedReply(reply: Reply, locale: Locale): Reply {
  if (locale === 'en-US' || !reply.body.startsWith('{"error":"RecordInvalid"')) return reply
  const body = JSON.parse(reply.body, (key, value: unknown) =>
    key === 'description' && typeof value === 'string' ? localized(value, locale) : value,
  )
  return { ...reply, body: JSON.stringify(body) }
}

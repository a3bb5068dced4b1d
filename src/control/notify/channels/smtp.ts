import { createHash } from 'node:crypto'
import { isIP } from 'node:net'
import { createTransport } from 'nodemailer'
import type { Secret } from '../../../config.ts'
import type { SmtpBody } from '../channel-body.ts'
import { oneLine } from '../masked.ts'
import { emailAddress } from '../subscription-body.ts'
import { type Channel, connectionFailure, failed, type Message, refused, type SendEnd } from './channel.ts'
import { checkHost, isLoopback, type Outside } from './outside.ts'

/** Sends e-mail through one mail server, with a connection for each message. */
export function openSmtp(body: SmtpBody, { password }: { password: Secret | null }, outside: Outside): Channel {
  return {
    async send(message, target) {
      if (!emailAddress.safeParse(target).success) return refused('the target is not an e-mail address')
      const signal = AbortSignal.timeout(outside.timeoutMs)
      try {
        const checked = await checkHost(
          isIP(body.host) === 6 ? `[${body.host}]` : body.host,
          body.port,
          outside,
          signal,
        )
        if ('refused' in checked) return refused(checked.refused)
        const transport = createTransport(connection(body, password, checked.addresses[0].address, outside.timeoutMs))
        try {
          await transport.sendMail({ ...mail(body, message, target), signal })
        } finally {
          transport.close()
        }
        return { end: 'sent' }
      } catch (error) {
        return signal.aborted ? failed('no answer came in time') : endOf(error)
      }
    },
  }
}

/** To the address that was checked; the certificate is still that of the host's name. */
function connection(body: SmtpBody, password: Secret | null, address: string, timeoutMs: number) {
  const { host, port, secure, user } = body
  const auth =
    user === undefined || password === null ? {} : { auth: { user, pass: password.reveal() }, forceAuth: true }
  return {
    host: address,
    port,
    secure,
    ...auth,
    ...(isIP(host) === 0 ? { tls: { servername: host } } : {}),
    // A password is never sent in the clear, but within this machine.
    requireTLS: !secure && user !== undefined && !isLoopback(host),
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    logger: false,
  }
}

/** The same dispatch gives the same bytes: identifier, boundary and date come from it alone. */
function mail(body: SmtpBody, message: Message, target: string) {
  const digest = createHash('sha256').update(message.id).digest('hex').slice(0, 40)
  const domain = body.from.slice(body.from.indexOf('@') + 1)
  return {
    from: { name: 'Deskside', address: body.from },
    to: { name: '', address: target },
    envelope: { from: body.from, to: [target] },
    subject: oneLine(message.title, 200),
    messageId: `<deskside.${digest}@${domain}>`,
    date: message.at,
    baseBoundary: digest.slice(0, 16),
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Deskside-Event': message.event },
    text: plainText(message),
    html: html(message),
  }
}

function plainText({ title, text, url, at }: Message): string {
  return [title, '', text, '', ...(url === null ? [] : [url]), at.toISOString(), ''].map(plainLines).join('\n')
}

/** Text that a mail program shows as it is: no control characters but the ends of lines. */
function plainLines(text: string): string {
  return text.replace(/[^\P{Cc}\n]/gu, ' ')
}

function html({ title, text, url, at }: Message): string {
  const lines = plainLines(text).split('\n').map(escapeHtml).join('<br>\n')
  const link = url === null ? '' : `<p><a href="${escapeHtml(url)}">Open in Deskside</a></p>\n`
  return `<!doctype html>
<html><body style="font-family: sans-serif; line-height: 1.5">
<h1 style="font-size: 1.1em">${escapeHtml(oneLine(title, 200))}</h1>
<p>${lines}</p>
${link}<p style="color: #666">${at.toISOString()}</p>
</body></html>
`
}

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }

/** Text for an element or a quoted attribute. Exported for its property. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (mark) => entities[mark]!)
}

const steps: Record<string, string> = {
  STARTTLS: 'offers no encryption',
  AUTH: 'did not accept user and password',
  MAIL: 'refused the sender',
  RCPT: 'refused the recipient',
  DATA: 'refused the message',
}

/** By codes only: what a mail server says may repeat addresses. */
function endOf(error: unknown): SendEnd {
  const { code, command, response, responseCode } = error as Record<string, unknown>
  const step = (typeof command === 'string' && steps[command.split(' ')[0] ?? '']) || 'refused the connection'
  if (typeof responseCode === 'number' && responseCode >= 400) {
    const detail = /^\d{3}[ -](\d\.\d{1,3}\.\d{1,3})\b/.exec(String(response))?.[1]
    const why = `the mail server ${step} (${responseCode}${detail === undefined ? '' : ` ${detail}`})`
    return responseCode >= 500 ? refused(why) : failed(why)
  }
  // Found by nodemailer itself before the server was asked.
  if (code === 'EAUTH' || code === 'EENVELOPE' || code === 'EMESSAGE') return refused(`the mail server ${step}`)
  return failed(connectionFailure(error))
}

/** What stands around the users of an account: its brand and its languages. Assumption: which ones there are. */
import { paginate } from './pagination.ts'
import { json, type Reply } from './reply.ts'
import type { ApiRequest, Route } from './router.ts'

export const surroundingRoutes: readonly Route[] = [
  { method: 'GET', path: 'brands', level: 'agent', resource: 'other', respond: listBrands },
  { method: 'GET', path: 'locales', level: 'anyone', resource: 'other', respond: listLocales },
]

const createdAt = '2020-01-01T00:00:00Z'

/** OAS BrandObject: one, the default, whose subdomain is that of the account. */
function listBrands(request: ApiRequest): Reply {
  const { world, origin } = request
  const id = 360_000_000_001
  const brand = {
    url: `${origin}/api/v2/brands/${id}.json`,
    id,
    name: world.subdomain,
    brand_url: `https://${world.subdomain}.zendesk.com`,
    subdomain: world.subdomain,
    host_mapping: null,
    has_help_center: false,
    help_center_state: 'disabled',
    active: true,
    default: true,
    is_deleted: false,
    logo: null,
    ticket_form_ids: [],
    signature_template: '',
    created_at: createdAt,
    updated_at: createdAt,
  }
  const page = paginate([brand], { keyOf: (one) => String(one.id) }, request)
  return 'status' in page ? page : json(200, { brands: page.records, ...page.frame })
}

/** OAS LocaleObject and its example. */
function listLocales({ world, origin }: ApiRequest): Reply {
  const names = new Intl.DisplayNames('en', { type: 'language' })
  const locales = world.account.settings.enabledLocales.map((locale, index) => ({
    id: index + 1, // Assumption: Zendesk's own numbers are not known
    locale,
    name: names.of(locale) ?? locale,
  }))
  return json(200, {
    locales: locales.map((one) => ({
      url: `${origin}/api/v2/locales/${one.locale}.json`,
      ...one,
      created_at: createdAt,
      updated_at: createdAt,
    })),
  })
}

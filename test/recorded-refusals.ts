/** Refusals as they were seen in real accounts, word for word where the words were recorded. */
import { ask, key, person, type Recording, users } from './recorded-answers.ts'
import { anonymousUser, invalidAttribute, invalidRecord, refusal } from './recorded-shapes.ts'

const requests: readonly Recording[] = [
  {
    title: 'more than 100 users',
    source: 'ZENPY',
    // Of somebody who is there, so that nobody is made if they are taken after all.
    ask: ask('POST', 'users/create_many', (scene) => ({ users: new Array(101).fill(person(scene, 'ann')) })),
    status: 400,
    body: refusal('TooManyValues', 'Maximum 100 users may be created per call'),
  },
  {
    title: 'more than 100 organisations',
    source: 'ZENPY',
    ask: ask('POST', 'organizations/create_many', (scene) => ({
      organizations: new Array(101).fill({ name: `${scene.prefix} acme` }),
    })),
    status: 400,
    body: { ...refusal('TooManyValues', 'Parameter  cannot specify more than 100 values'), max_count: { is: 100 } },
  },
  {
    title: 'one value of a wrong type refuses the whole batch',
    source: 'zenpy #578',
    ask: ask(
      'POST',
      'users/create_many',
      users((scene) => person(scene, 'typed', { id: null })),
    ),
    status: 400,
    body: invalidAttribute('users.0.id', 'must be an integer', 'api/v2/users/create_many'),
  },
  {
    title: 'tags that are no list',
    source: 'PHP #515',
    ask: ask(
      'PUT',
      ({ ids }) => `users/${ids.ann}`,
      () => ({ user: { tags: 'one' } }),
    ),
    status: 400,
    body: invalidAttribute('user.tags', 'must be an array', 'api/v2/users/update'),
  },
  {
    title: 'an id in a path that is no number',
    source: 'issue threads',
    ask: ask('GET', 'users/abc'),
    status: 400,
    body: invalidAttribute('id', 'must be an integer', 'api/v2/users/show'),
  },
  {
    title: 'a cursor where only offsets are known',
    source: 'issue threads',
    ask: ask('GET', (scene) => `users/search?external_id=${key(scene, 'ann')}&page[size]=2`),
    status: 400,
    body: { error: { title: { is: 'Invalid attribute' }, message: /page must be an integer/ } },
  },
  {
    title: 'a page past 10,000 records',
    source: 'DOC, issue threads',
    ask: ask('GET', 'users?page=101&per_page=100'),
    status: 400,
    body: { errors: [{ code: { is: 'InvalidPaginationDepth' }, title: 'string' }] },
  },
  {
    title: 'a brand that is not there',
    source: 'OAS',
    ask: ask('GET', 'users/autocomplete?name=x&brand_id=999999999'),
    status: 400,
    body: { error: { is: 'Invalid brand_id parameter: 999999999' } },
  },
  {
    title: 'a search that is none',
    source: 'OAS',
    ask: ask('GET', 'users/autocomplete'),
    status: 400,
    body: refusal('Query Error', 'Invalid query syntax'),
  },
  {
    title: 'deleting a user who is not there',
    source: 'ZENPY',
    ask: ask('DELETE', 'users/1'),
    status: 404,
    body: refusal('RecordNotFound', 'Not found'),
  },
  ...['unknown_path', 'users.json.json'].map(
    (path): Recording => ({
      title: `an unknown path: ${path}`,
      source: 'issue threads',
      ask: ask('GET', path),
      status: 404,
      body: refusal('InvalidEndpoint', 'Not found'),
    }),
  ),
  {
    title: 'an unknown subdomain is no JSON of the API',
    source: 'NODEZ',
    ask: ask('GET', 'users/me'),
    settings: { unknownSubdomain: true },
    status: 404,
    headers: { 'content-type': /^text\/html/ },
    text: /./,
    notReal: 'it is another address',
  },
]

const credentials: readonly Recording[] = [
  {
    title: 'users/me without a credential is an anonymous 200',
    source: 'NODEZ, CSA',
    ask: ({ client }) => client.call('GET', '/api/v2/users/me', undefined, { authorization: '' }),
    status: 200,
    body: { user: anonymousUser },
  },
  {
    title: 'anything else without a credential',
    source: 'DOC',
    ask: ({ client }) => client.call('GET', '/api/v2/users', undefined, { authorization: '' }),
    status: 401,
    body: { error: { is: "Couldn't authenticate you" } },
  },
  {
    title: 'a wrong API token',
    source: 'CSA',
    ask: ({ client }) =>
      client.call('GET', '/api/v2/users', undefined, {
        authorization: `Basic ${Buffer.from('agent@example.com/token:wrong').toString('base64')}`,
      }),
    status: 401,
    body: { error: { is: "Couldn't authenticate you" } },
  },
  {
    title: 'a wrong bearer token',
    source: 'issue threads',
    ask: ({ client }) => client.call('GET', '/api/v2/users', undefined, { authorization: 'Bearer wrong' }),
    status: 401,
    body: {
      error: { is: 'invalid_token' },
      error_description: {
        is: 'The access token provided is expired, revoked, malformed or invalid for other reasons.',
      },
    },
  },
  {
    title: 'a role that may not',
    source: 'CSA',
    ask: ask('GET', 'users'),
    settings: { apiUserRole: 'end-user' },
    status: 403,
    body: {
      error: {
        title: { is: 'Forbidden' },
        message: {
          is: 'You do not have access to this page. Please contact the account owner of this help desk for further help.',
        },
      },
    },
    notReal: 'the credential is that of an admin',
  },
]

const values: readonly Recording[] = [
  {
    title: 'an address that is none',
    source: 'GRP',
    ask: ask('POST', 'users', (scene) => ({ user: person(scene, 'refused', { email: 'badmail' }) })),
    status: 422,
    body: invalidRecord('email', 'Email: badmail is not properly formatted'),
  },
  {
    title: 'an address of somebody else',
    source: 'PHP',
    ask: async (scene) => {
      const email = `${scene.prefix}-bob@example.com`
      const answer = await ask('POST', 'users', (one) => ({ user: person(one, 'refused', { email }) }))(scene)
      // The address begins as every name of the walk does.
      return { ...answer, json: JSON.parse(answer.text.replaceAll(email, 'x@y')) }
    },
    status: 422,
    body: invalidRecord('email', 'Email: x@y is already being used by another user', 'DuplicateValue'),
  },
  {
    title: 'an external_id of somebody else',
    source: 'PHP',
    ask: ask('POST', 'users', (scene) => ({
      user: { name: `${scene.prefix} refused`, external_id: key(scene, 'ann') },
    })),
    status: 422,
    body: invalidRecord('external_id', 'External has already been taken', 'DuplicateValue'),
  },
  {
    title: 'an empty name',
    source: 'issue threads',
    ask: ask('POST', 'users', () => ({ user: { name: '' } })),
    status: 422,
    body: invalidRecord('name', 'Name:  is too short (minimum one character)'),
  },
  {
    title: 'a key of a user field that is there already',
    source: 'JINMU',
    ask: ask('POST', 'user_fields', (scene) => ({
      user_field: { key: `${scene.fieldPrefix}_text`, title: 'twice', type: 'text' },
    })),
    status: 422,
    body: {
      error: { is: 'RecordInvalid' },
      description: { is: 'Record validation errors' },
      // JINMU recorded it in Chinese.
      details: { key: [{ description: 'string', error: { is: 'DuplicateValue' } }] },
    },
  },
  {
    title: 'the same in the language of the caller, word for word',
    source: 'JINMU',
    ask: async (scene) => {
      const answer = await ask('POST', 'user_fields', (one) => ({
        user_field: { key: `${one.fieldPrefix}_text`, title: 'twice', type: 'text' },
      }))(scene)
      return { ...answer, json: JSON.parse(answer.text.replace(`${scene.fieldPrefix}_text`, 'support_description1')) }
    },
    settings: { locale: 'zh-CN' },
    status: 422,
    body: {
      error: { is: 'RecordInvalid' },
      description: 'string',
      details: {
        key: [{ description: { is: '键值： support_description1 已被使用' }, error: { is: 'DuplicateValue' } }],
      },
    },
    notReal: 'it takes a caller whose language is Chinese',
  },
]

const limits: readonly Recording[] = [
  {
    title: 'the sixth update of one user in a minute is plain text',
    source: 'GRP',
    ask: async (scene) => {
      const update = ask(
        'PUT',
        ({ ids }) => `users/${ids.bob}`,
        () => ({ user: { notes: 'z' } }),
      )
      let answer = await update(scene)
      for (let times = 1; times < 6; times++) answer = await update(scene)
      return answer
    },
    settings: { plan: 'enterprise' },
    status: 429,
    headers: {
      'content-type': /^text\/plain; charset=UTF-8$/i,
      'retry-after': /^\d+$/,
      // GRP: hundreds are left all the same.
      'x-rate-limit-remaining': /^[1-9]\d+$/,
    },
    text: /^You have exceeded the rate limit for updating a single unique user\. user email: {2}id: {2}external_id: $/,
  },
  {
    title: 'too many updates of one organisation',
    source: 'OAS',
    ask: async (scene) => {
      const update = ask(
        'PUT',
        ({ ids }) => `organizations/${ids.other}`,
        () => ({ organization: { notes: 'z' } }),
      )
      let answer = await update(scene)
      for (let times = 1; times < 6; times++) answer = await update(scene)
      return answer
    },
    status: 429,
    body: { errors: [{ code: { is: 'TooManyRequests' }, title: { is: 'Too many requests to update' } }] },
  },
  {
    title: 'too many incremental exports',
    source: 'airbyte #11899',
    ask: async (scene) => {
      const read = ask('GET', ({ nowS }) => `incremental/users/cursor?start_time=${nowS - 120}`)
      let answer = await read(scene)
      for (let times = 1; times < 11; times++) answer = await read(scene)
      return answer
    },
    status: 429,
    headers: { 'retry-after': /^\d+$/ },
    body: refusal('APIRateLimitExceeded', 'Number of allowed incremental export API requests per minute exceeded'),
    notReal: 'it would keep the exports of others out',
  },
  {
    title: 'every answer says what is left of the minute',
    source: 'ZENPY, DOC-RL',
    ask: ask('GET', 'users/count'),
    settings: { plan: 'enterprise' },
    status: 200,
    headers: {
      'x-rate-limit': /^\d+$/,
      'x-rate-limit-remaining': /^\d+$/,
      'ratelimit-limit': /^\d+$/,
      'ratelimit-remaining': /^\d+$/,
      'ratelimit-reset': /^\d+$/,
      'x-zendesk-api-version': /^v2$/,
      'x-zendesk-zorg': /^yes$/,
      'x-request-id': /./,
      'cache-control': /^max-age=0, private, must-revalidate$/,
    },
    body: { count: { refreshed_at: 'string', value: 'integer' } },
  },
  {
    title: 'attributes that nobody knows are ignored, with a warning in a header',
    source: 'ZENPY',
    ask: ask('POST', 'users', (scene) => ({ user: { name: `${scene.prefix} warned`, shoe_size: 44 } })),
    status: 201,
    headers: {
      'x-zendesk-api-warn':
        /^\{:allowed_parameters=>\{:controller=>"users", :action=>"create", :unpermitted_keys=>\["user\.shoe_size"\], :invalid_values=>\[\]\}\}$/,
    },
  },
]

export const recordedRefusals: readonly Recording[] = [...requests, ...credentials, ...values, ...limits]

import {
  keepPreviousData,
  QueryCache,
  QueryClient,
  type UseInfiniteQueryResult,
  type UseMutationResult,
  type UseQueryResult,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query'
import { type Answer, ApiProblem, call, type Input, type InputArgs, type Nothing, type OperationName } from './call.ts'

/** What was read a moment ago is shown at once and read again behind it. Only silence is asked about twice: a refusal would be the same. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    // The session has ended: the shell asks who is signed in, and leads to signing in.
    onError: (error, { queryKey }) => {
      const isOver = error instanceof ApiProblem && error.status === 401
      if (isOver && queryKey[0] !== 'GET /me') void queryClient.invalidateQueries({ queryKey: ['GET /me'] })
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (failures, error) =>
        error instanceof ApiProblem && [0, 502, 503, 504].includes(error.status) && failures < 2,
    },
  },
})

type GetName = Extract<OperationName, `GET ${string}`>

interface GetOptions {
  enabled?: boolean
  /** Read again so often while the page is in sight. */
  everyMs?: number
  /** Shows the answer before while another one comes: a list that is filtered does not jump. */
  keepsPrevious?: boolean
}

/** One answer of the API, kept and shared by whoever asks the same. */
export function useGet<K extends GetName>(
  operation: K,
  ...[input, options = {}]: Nothing extends Input<K>
    ? [input?: Input<K>, options?: GetOptions]
    : [input: Input<K>, options?: GetOptions]
): UseQueryResult<Answer<K>, ApiProblem> {
  return useQuery({
    queryKey: [operation, input ?? {}],
    queryFn: ({ signal }) => call(operation, { ...input, signal } as Input<K> & { signal: AbortSignal }),
    enabled: options.enabled ?? true,
    ...(options.everyMs !== undefined && { refetchInterval: options.everyMs }),
    ...(options.keepsPrevious && { placeholderData: keepPreviousData }),
  })
}

/** Operations that answer with a page of a list. */
export type PagedName = {
  [K in GetName]: Answer<K> extends { items: unknown[]; next: string | null } ? K : never
}[GetName]

/** A list that is read page by page; `items` of all pages that were read. */
export function usePages<K extends PagedName>(
  operation: K,
  input: Input<K>,
  options: GetOptions = {},
): UseInfiniteQueryResult<{ pages: Answer<K>[] }, ApiProblem> & { items: Answer<K>['items'] } {
  const result = useInfiniteQuery({
    queryKey: [operation, 'pages', input],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ signal, pageParam }) => {
      const query = { ...(input as { query?: object }).query, cursor: pageParam }
      return call(operation, { ...input, query, signal } as Input<K> & { signal: AbortSignal })
    },
    getNextPageParam: (last: Answer<K>) => (last as { next: string | null }).next ?? undefined,
    enabled: options.enabled ?? true,
    ...(options.keepsPrevious && { placeholderData: keepPreviousData }),
  })
  const pages = (result.data?.pages ?? []) as Answer<K>[]
  const items = pages.flatMap(({ items }) => items as unknown[]) as Answer<K>['items']
  return { ...result, items } as never
}

interface CallOptions<K extends OperationName> {
  /** Paths whose answers are stale afterwards: `/queries` means everything at and below it. */
  stale?: readonly string[]
  onDone?: (answer: Answer<K>, input: Input<K>) => void
}

/** Something that changes the server. */
export function useCall<K extends OperationName>(
  operation: K,
  { stale = [], onDone }: CallOptions<K> = {},
): UseMutationResult<Answer<K>, ApiProblem, InputArgs<K>[0]> {
  const client = useQueryClient()
  return useMutation({
    mutationFn: (input) => call(operation, input as Input<K>),
    onSuccess: async (answer, input) => {
      await markStale(client, stale)
      onDone?.(answer, input as Input<K>)
    },
  })
}

/** Marks as stale every answer at and below these paths; those that are in sight are read again. */
export async function markStale(
  client: QueryClient,
  paths: readonly string[],
  isMeant: (queryKey: readonly unknown[]) => boolean = () => true,
): Promise<void> {
  await client.invalidateQueries({
    predicate: ({ queryKey }) => {
      const [operation] = queryKey
      return (
        typeof operation === 'string' && paths.some((path) => operation.startsWith(`GET ${path}`)) && isMeant(queryKey)
      )
    },
  })
}

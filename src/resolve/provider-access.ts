/** How a resolver reaches a provider: with the broker's own credential, never with the agent's. */
export interface ProviderAccess {
  /**
   * Posts one GraphQL request for a declared resource and gives back the parsed reply.
   *
   * @param resource the resource's name in the configuration
   * @throws ResolveError when there is no trustworthy reply
   */
  graphql(resource: string, body: GraphqlBody, signal: AbortSignal): Promise<unknown>;
}

/** A GraphQL request over HTTP (GraphQL over HTTP specification, section 5.1). */
export interface GraphqlBody {
  readonly query: string;
  readonly operationName: string;
  readonly variables: Readonly<Record<string, string | null>>;
}

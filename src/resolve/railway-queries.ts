import type { GraphqlBody } from './provider-access.js';

/**
 * What we ask Railway, in the field names of its public schema (`railwayapp/cli`, `src/gql/schema.json`). There is no public
 * root field for one volume: the way to it is project -> volumes -> volumeInstances, each of which names its environment.
 */
export type Part = 'volumes' | 'services';

const ENVIRONMENTS = 'environments { pageInfo { hasNextPage } edges { node { id name } } }';

const PARTS: Readonly<Record<Part, string>> = {
  volumes: `volumes { edges { node { id name volumeInstances {
      pageInfo { hasNextPage }
      edges { node { id environmentId serviceId state mountPath environment { name isEphemeral } } }
    } } } }`,
  services: `services { edges { node { id name serviceInstances {
      pageInfo { hasNextPage }
      edges { node { id environmentId } }
    } } } }`,
};

/** One page of all projects that the credential sees, with their environments and one sort of their objects. */
export function projectsQuery(part: Part, after: string | null): GraphqlBody {
  const [declaration, argument] = after === null ? ['', ''] : ['($after: String)', '(after: $after)'];
  const query = `query FirebreakProjects${declaration} {
  projects${argument} {
    pageInfo { hasNextPage endCursor }
    edges { node { id name ${ENVIRONMENTS} ${PARTS[part]} } }
  }
}`;
  return { query, operationName: 'FirebreakProjects', variables: after === null ? {} : { after } };
}

/** A deployment has a public root field of its own. */
export function deploymentQuery(id: string): GraphqlBody {
  const query = `query FirebreakDeployment($id: String!) {
  deployment(id: $id) { id environmentId environment { name } }
}`;
  return { query, operationName: 'FirebreakDeployment', variables: { id } };
}

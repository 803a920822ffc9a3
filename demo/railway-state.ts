/** What the stand-in knows: plain data that its mutations change. One project is enough for the replay. */
export interface RailwayState {
  readonly user: { readonly id: string; readonly email: string; readonly name: string };
  readonly workspace: { readonly id: string; readonly name: string };
  readonly project: { readonly id: string; readonly name: string };
  readonly environments: readonly { readonly id: string; readonly name: string; readonly isEphemeral: boolean }[];
  readonly services: readonly { readonly id: string; readonly name: string }[];
  /** A deleted volume is no longer in here. */
  readonly volumes: RailwayVolume[];
  /** By environment, service (empty: shared) and name, joined by `/`. */
  readonly variables: Map<string, string>;
  readonly deployments: { readonly id: string; readonly environmentId: string; readonly serviceId: string }[];
  readonly customDomains: {
    readonly id: string;
    readonly domain: string;
    readonly environmentId: string;
    readonly serviceId: string;
  }[];
}

export interface RailwayVolume {
  readonly id: string;
  name: string;
  readonly createdAt: string;
  readonly sizeMB: number;
  readonly instances: readonly {
    readonly id: string;
    readonly environmentId: string;
    readonly serviceId: string;
    readonly mountPath: string;
  }[];
}

/** The rental company's project: one PostgreSQL volume, mounted in production and in staging alike. */
export function rentalProject(): RailwayState {
  const [production, staging] = ['e3b1c6a0-5d0e-4a57-9d7b-0c8f1f5a7d11', '8f2d94c7-61b3-4d19-b0aa-3b7f6c2e9a42'];
  const service = '5a9f0c1e-7b1d-4f0a-8e36-d2f41c7b6e90';
  const instance = (id: string, environmentId: string) => ({
    id,
    environmentId,
    serviceId: service,
    mountPath: '/var/lib/postgresql/data',
  });
  return {
    user: { id: 'c1f7f0de-2f51-4c39-8a44-6f0f4e5b9a10', email: 'ops@rentals.example', name: 'Rentals operations' },
    workspace: { id: '0d6c8a1b-93ce-4c55-a1a8-4b8f4f5f2c77', name: 'Coastline Rentals' },
    project: { id: 'b7a3de52-1c0f-4f6e-9b57-7e2f8a6d4c31', name: 'coastline-rentals' },
    environments: [
      { id: production, name: 'production', isEphemeral: false },
      { id: staging, name: 'staging', isEphemeral: false },
    ],
    services: [{ id: service, name: 'postgres' }],
    volumes: [
      {
        id: '4e8b2f90-6c17-4a2d-8f0b-91d3a5c7e6b8',
        name: 'postgres-data',
        createdAt: '2023-01-02T08:00:00.000Z',
        sizeMB: 5000,
        instances: [
          instance('71c0a9d4-3e5b-4d08-b6c2-f4a8e1d90b23', production),
          instance('2b96e8f1-0a4d-47c5-93be-c85d7f3a1e64', staging),
        ],
      },
    ],
    variables: new Map(),
    deployments: [{ id: 'd05a7c3e-8b2f-4e91-a6d0-1f9c4b7e2a58', environmentId: staging, serviceId: service }],
    customDomains: [],
  };
}

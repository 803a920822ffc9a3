/** No form and no call of the command line comes near this. */
export const MAX_BODY_BYTES = 64 * 1024;

/**
 * Limits of both servers against clients that are slow on purpose (Node's `http.Server`; milliseconds). `requestTimeout`
 * is for receiving a request, not for answering it.
 */
export const SERVER_LIMITS: ServerLimits = {
  headersTimeout: 10_000,
  requestTimeout: 20_000,
  keepAliveTimeout: 5_000,
  connectionsCheckingInterval: 2_000,
  maxHeaderSize: 16 * 1024,
};

export interface ServerLimits {
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly keepAliveTimeout: number;
  readonly connectionsCheckingInterval: number;
  /** Bytes. */
  readonly maxHeaderSize: number;
}

export const MAX_CONNECTIONS = 256;

/**
 * How long a call of AWS may take, in milliseconds: without these a connection that hangs would hang a function to its end.
 * An object of some megabytes is there within seconds.
 */
export const REQUEST_TIMEOUTS = {
  connectionTimeout: 5_000,
  requestTimeout: 20_000,
  throwOnRequestTimeout: true,
} as const;

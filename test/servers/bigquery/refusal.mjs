// What the service refuses, by BigQuery's reasons; REST and gRPC each say it in their way.

const known = {
  invalid: [400, 'INVALID_ARGUMENT', 3],
  required: [400, 'INVALID_ARGUMENT', 3],
  invalidQuery: [400, 'INVALID_ARGUMENT', 3],
  bytesBilledLimitExceeded: [400, 'INVALID_ARGUMENT', 3],
  authError: [401, 'UNAUTHENTICATED', 16],
  accessDenied: [403, 'PERMISSION_DENIED', 7],
  forbidden: [403, 'PERMISSION_DENIED', 7],
  userProjectDenied: [403, 'PERMISSION_DENIED', 7],
  notFound: [404, 'NOT_FOUND', 5],
  duplicate: [409, 'ALREADY_EXISTS', 6],
  conditionNotMet: [412, 'FAILED_PRECONDITION', 9],
  requestedRangeNotSatisfiable: [416, 'OUT_OF_RANGE', 11],
  stopped: [400, 'CANCELLED', 1],
  notImplemented: [501, 'UNIMPLEMENTED', 12],
  outOfRange: [400, 'OUT_OF_RANGE', 11],
};

export class Refusal extends Error {
  constructor(reason, message) {
    super(message);
    const [status, name, rpc] = known[reason];
    Object.assign(this, { reason, status, label: name, rpc });
  }
}

/** BigQuery's JSON of an error. */
export function errorBody(code, reason, message, status) {
  return { error: { code, message, errors: [{ message, domain: 'global', reason }], status } };
}

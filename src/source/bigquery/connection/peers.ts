import { optionalPackage } from '../../optional-package.js';

const packages = '@google-cloud/bigquery @grpc/grpc-js google-auth-library';

/** Loads one of the packages that BigQuery alone needs, which not every installation has. @throws source.unsupported, with what to type */
export const peer = <Module>(load: () => Promise<Module>): Promise<Module> =>
  optionalPackage(load, {
    message: "BigQuery's client is not installed",
    hint: `It is not part of every installation, since it is large: npm install ${packages}`,
  });

import { pythonPeer } from './python.mjs';

/** As many partitions as lanes, each with its own connection; the result is whole in memory before it is written. */
export const connectorx = pythonPeer({
  name: 'ConnectorX + pyarrow',
  id: 'connectorx',
  quick: true,
  packages: ['connectorx==0.4.6', 'pyarrow==26.0.1'],
  program: './read_connectorx.py',
});

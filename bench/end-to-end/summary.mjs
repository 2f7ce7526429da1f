// Rounds → figures. Ratios are made round by round, between runs that stood beside each other, and only then summed up.

/** `{ least, median, most }`, or undefined of nothing. */
export function spread(values) {
  if (values.length === 0) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  return { least: sorted[0], median, most: sorted[sorted.length - 1] };
}

/**
 * One object per contender: spreads of what was measured, `againstFloors` (wall over each floor's of the same round, by the floor's
 * id) and `againstFastest` (wall, and client CPU, over that of the fastest other contender of the same round).
 */
export function summarize(results) {
  return results.map((result) => {
    const { peer, slow, failure, runs } = result;
    const good = runs.filter((run) => !run.failure);
    const of = (measure) => spread(good.map(measure).filter((value) => value !== undefined));
    const ratios = slow ? {} : ratiosOf(result, results);
    return {
      id: peer.id,
      name: peer.name,
      floor: peer.floor === true,
      ...(slow && { slow: 'one round on a tenth of the rows' }),
      ...(failure !== undefined && { failure }),
      checked: peer.floor ? undefined : wrongOf(good),
      rows: good[0]?.rows,
      wall: of((run) => run.wall),
      rowsPerSecond: of((run) => run.rows / run.wall),
      clientCpu: of((run) => run.clientCpu),
      serverCpu: of((run) => run.serverCpu),
      peakMemory: of((run) => run.peakMemory),
      bytes: of((run) => run.bytes),
      ...ratios,
      runs,
    };
  });
}

function wrongOf(runs) {
  return runs.length === 0 ? 'no output' : (runs.find(({ wrong }) => wrong !== undefined)?.wrong ?? 'right');
}

function ratiosOf({ peer, runs: all }, results) {
  const runs = all.filter((run) => !run.failure);
  const beside = (run) => results.filter((other) => other.peer !== peer).flatMap((other) => inRound(other, run));
  const floors = results.filter((other) => other.peer.floor && other.peer !== peer);
  const against = (floor) => runs.flatMap((run) => inRound(floor, run).map((least) => run.wall / least.run.wall));
  const toFastest = (measure) =>
    spread(
      runs.flatMap((run) => {
        const others = beside(run).filter((other) => !other.peer.floor && !other.peer.own);
        const fastest = others.sort((a, b) => a.run.wall - b.run.wall)[0];
        return fastest ? [measure(run) / measure(fastest.run)] : [];
      }),
    );
  return {
    againstFloors: Object.fromEntries(floors.map((floor) => [floor.peer.id, spread(against(floor))])),
    ...(!peer.floor && {
      againstFastest: { wall: toFastest((run) => run.wall), clientCpu: toFastest((run) => run.clientCpu) },
    }),
  };
}

function inRound({ peer, runs, slow }, { round }) {
  return slow ? [] : runs.filter((run) => run.round === round && !run.failure).map((run) => ({ peer, run }));
}

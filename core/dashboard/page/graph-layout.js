// Where the nodes of a graph stand: in columns, each to the right of who tells it; within a column near its partners.

/** @returns the columns, each from top to bottom: `names` in columns by longest way from a source, without going round in circles */
export function layered(names, edges) {
  const forward = withoutCircles(names, edges);
  const columnOf = new Map(names.map((name) => [name, 0]));
  for (const name of sorted(names, forward)) {
    for (const { from, to } of forward) {
      if (from === name) columnOf.set(to, Math.max(columnOf.get(to), columnOf.get(name) + 1));
    }
  }
  const columns = [];
  for (const name of names) {
    const at = columnOf.get(name);
    columns[at] ??= [];
    columns[at].push(name);
  }
  return ordered(columns, edges);
}

/** Leaves out the edges that lead back to where one came from. */
function withoutCircles(names, edges) {
  const state = new Map();
  const kept = [];
  const visit = (name) => {
    state.set(name, 'under way');
    for (const edge of edges) {
      if (edge.from !== name || edge.to === name || state.get(edge.to) === 'under way') continue;
      kept.push(edge);
      if (!state.has(edge.to)) visit(edge.to);
    }
    state.set(name, 'done');
  };
  const heard = new Set(edges.filter(({ from, to }) => from !== to).map(({ to }) => to));
  for (const name of names) if (!heard.has(name) && !state.has(name)) visit(name);
  for (const name of names) if (!state.has(name)) visit(name);
  return kept;
}

function sorted(names, edges) {
  const open = new Map(names.map((name) => [name, 0]));
  for (const { to } of edges) open.set(to, open.get(to) + 1);
  const order = names.filter((name) => open.get(name) === 0);
  for (const name of order) {
    for (const { from, to } of edges) {
      if (from !== name) continue;
      open.set(to, open.get(to) - 1);
      if (open.get(to) === 0) order.push(to);
    }
  }
  return order;
}

/** A few sweeps: each node to the middle of those it is connected to. */
function ordered(columns, edges) {
  const place = new Map();
  const note = (column) => {
    for (const [at, name] of column.entries()) place.set(name, (at + 0.5) / column.length);
  };
  columns.forEach(note);
  for (let sweep = 0; sweep < 4; sweep++) {
    for (const column of columns) {
      const middle = new Map(column.map((name) => [name, middleOf(name, edges, place)]));
      column.sort((a, b) => middle.get(a) - middle.get(b));
      note(column);
    }
  }
  return columns;
}

function middleOf(name, edges, place) {
  let [sum, weight] = [0, 0];
  for (const { from, to } of edges) {
    const other = from === name ? to : to === name ? from : undefined;
    if (other === undefined || other === name) continue;
    sum += place.get(other);
    weight++;
  }
  return weight === 0 ? place.get(name) : sum / weight;
}

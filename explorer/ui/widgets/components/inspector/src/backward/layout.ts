// Where everything lies: at the left the gradients of the node and of its parameters, at the right a row for each path.

import type { Operand } from "../rules/contract";
import { type Box, bottom, right } from "../operation/box";
import { Panel } from "../operation/panel";
import type { Paper } from "../operation/paper";
import type { BackwardPath, BackwardView } from "./contract";

export interface Field { panel: Panel; parameter: string; head: Box }        // parameter: whose gradient it is, "" of the output
export interface Row { path: BackwardPath; panel: Panel | null; head: Box; sums: Box }
export interface Layout { fields: Field[]; rows: Row[]; width: number; height: number }

export const HEAD_PX = 24;
const LEAST_ROW_PX = 172, ROW_HEAD_PX = 42, GUTTER_PX = 30, EDGE_PX = 4, LEFT = 0.23, MAP = 0.25, GAP_PX = 14;

export function lay(view: BackwardView, width: number, room: number, paper: Paper, pages: number[]): Layout {
  const height = Math.max(room, view.paths.length * LEAST_ROW_PX), side = width * LEFT;
  const fields = placeFields(view, { x: EDGE_PX, y: 0, width: side, height: room }, paper, pages), left = Math.max(side * 0.6, ...fields.map(({ panel }) => right(panel.used))) + GUTTER_PX;
  const rows = view.paths.map((path, n) => placeRow(path, { x: left, y: (n * height) / view.paths.length, width: width - left - EDGE_PX, height: height / view.paths.length }, paper, pages[2 + n] ?? 0));
  return { fields, rows, width, height };
}

// The one that is looked at comes first, and is larger.
function placeFields({ gradient_map, parameters, parameter }: BackwardView, box: Box, paper: Paper, pages: number[]): Field[] {
  const own = parameters.find(({ name }) => name === parameter) ?? parameters.find(({ values }) => values.shape.length > 1) ?? parameters[0];
  const output = { operand: gradient_map, parameter: "" }, weights = own && { operand: own, parameter: own.name };
  const shown = weights ? (parameter ? [weights, output] : [output, weights]) : [output];
  let { y } = box;
  return shown.map(({ operand, parameter: name }, n) => {
    const height = (shown.length === 1 ? box.height : n ? bottom(box) - y : box.height * 0.58) - HEAD_PX - EDGE_PX;
    const panel = new Panel(operand, n, { x: box.x, y: y + HEAD_PX, width: box.width, height }, paper, { page: pages[n] }), head = { ...box, y, height: HEAD_PX };
    y = (panel.used.height ? bottom(panel.used) : y + HEAD_PX) + GAP_PX;
    return { panel, parameter: name, head };
  });
}

function placeRow(path: BackwardPath, box: Box, paper: Paper, page: number): Row {
  const top = box.y + ROW_HEAD_PX, height = box.height - ROW_HEAD_PX - GAP_PX, head = { ...box, height: ROW_HEAD_PX };
  if (!isDrawn(path.arriving_map)) return { path, panel: null, head, sums: { ...box, y: top, height } };
  const panel = new Panel(path.arriving_map, 2, { x: box.x, y: top + HEAD_PX, width: box.width * MAP, height: height - HEAD_PX }, paper, { page });
  const x = Math.max(right(panel.used), box.x + 60) + GUTTER_PX;
  return { path, panel, head, sums: { x, y: top, width: right(box) - x, height } };
}

// Not the loss, whose own gradient is 1.
const isDrawn = ({ values }: Operand): boolean => values.shape.length > 0 && values.data.length > 0;

export const fieldAt = ({ fields }: Layout, x: number, y: number): { field: Field; flat: number } | null => {
  for (const field of fields) {
    const flat = field.panel.cellAt(x, y);
    if (flat !== null) return { field, flat };
  }
  return null;
};

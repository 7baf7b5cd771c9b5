// A path's sum as the steps of an arithmetic, which the Operation view draws: what arrives × local derivatives = products.

import type { Tensor } from "../../../common/tensors";
import { scalar } from "../rules/arrays";
import type { Explanation, Operand, Operation, Step } from "../rules/contract";
import type { BackwardPath, BackwardView } from "./contract";

const NO_OPERAND: Omit<Operand, "labels" | "axes"> = { name: "", values: { data: new Float32Array(0), shape: [0] }, role: "", signed: true, every: [], full_shape: [], folded: [] };

export function explanationOf(path: BackwardPath): Explanation {
  const axes = axesOf(path), shape = path.arriving.data.length === 1 ? [] : path.grid;
  const array = (title: string, { data }: Tensor, operand = -1): Step => ({ title, values: { data, shape }, formula: "", axes: shape.length ? axes : [], operand });
  const one = (title: string, value: number): Step => ({ title, values: scalar(value), formula: "", axes: [], operand: -1 });
  const steps = [array("Arriving gradient", path.arriving, 0), array("Local derivative", path.local), array("Products", path.products)];
  if (path.rest && path.count > path.arriving.data.length) steps.push(one("All others", path.rest));
  if (shape.length) steps.push(one("Sum", path.gradient));
  return { unit: path.toward, value: path.gradient, model_value: path.gradient, windows: [], steps: path.count ? steps : [one("Sum", path.gradient)], line: path.line };
}

// What the tables need of an operation: color scales, and names of rows.
export function operationOf(path: BackwardPath, view: BackwardView): Operation {
  const names = { ...NO_OPERAND, labels: rowNames(path), axes: axesOf(path) };
  const output = view.parameter ? view.parameters.find(({ name }) => name === view.parameter) ?? view.gradient_map : view.gradient_map;
  return { node: path.node, block: path.block, formula: "", rule: { type: "MatrixProduct", scale: 1, by_columns: false }, operands: [path.arriving_map, names], output,
           is_reduced: false, full_shape: [], unit: null };
}

// The axes of the output along which the terms differ; of terms that lie here and there, their number.
function axesOf({ grid, units, arriving_map }: BackwardPath): string[] {
  const varied = variedAxes(units);
  return varied.length === grid.length ? varied.map((axis) => arriving_map.axes[axis] ?? "") : ["term"];
}

function variedAxes({ data, shape: [count, width] }: Tensor): number[] {
  return Array.from({ length: width ?? 0 }, (_, axis) => axis).filter((axis) => {
    for (let term = 1; term < count!; term++) if (data[term * width! + axis] !== data[axis]) return true;
    return false;
  });
}

function rowNames({ grid, units }: BackwardPath): string[] {
  const varied = variedAxes(units), { data, shape: [count, width] } = units, rows = grid[0] ?? 0, each = rows ? count! / rows : 0;
  const onGrid = varied.length === grid.length;
  return Array.from({ length: rows }, (_, row) => {
    const from = row * each * width!;
    return onGrid ? String(data[from + varied[0]!]) : Array.from(data.subarray(from, from + width!)).join(",");
  });
}

// The unit of the reader's output that a term belongs to.
export const unitOfTerm = ({ units: { data, shape: [, width] } }: BackwardPath, term: number): number[] => Array.from(data.subarray(term * width!, (term + 1) * width!));

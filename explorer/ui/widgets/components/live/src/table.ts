// The numbers of a chart as a table, a page at a time.

import { fill, whole } from "../../common/numbers";
import { make } from "./plot";

export interface Table { title: string; columns: string[]; rows: string[][] }

const ROWS_A_PAGE = 15;

export function openTable(place: HTMLElement, table: Table, words: Record<string, string>): void {
  const dialog = make("dialog", "live-table"), grid = make("table", ""), where = make("span", "live-page");
  const pages = Math.max(1, Math.ceil(table.rows.length / ROWS_A_PAGE));
  let page = 0;
  const turn = (by: number) => {
    page = Math.max(0, Math.min(pages - 1, page + by));
    grid.replaceChildren(head(table.columns), rows(table.rows.slice(page * ROWS_A_PAGE, (page + 1) * ROWS_A_PAGE)));
    where.textContent = fill(words.page!, { page: whole(page + 1), pages: whole(pages) });
    [back.disabled, on.disabled] = [page === 0, page === pages - 1];
  };
  const back = control(words.previous!, () => turn(-1)), on = control(words.next!, () => turn(1));
  const foot = make("div", "live-foot");
  foot.append(back, where, on, control(words.close!, () => dialog.close()));
  dialog.append(make("b", "live-title", table.title), grid, foot);
  dialog.setAttribute("aria-label", table.title);
  dialog.addEventListener("close", () => dialog.remove());
  dialog.addEventListener("keydown", (event) => event.stopPropagation());
  place.append(dialog);
  turn(0);
  dialog.showModal();
}

function control(words: string, act: () => void): HTMLButtonElement {
  const made = make("button", "live-control", words);
  made.type = "button";
  made.addEventListener("click", act);
  return made;
}

function head(columns: string[]): HTMLElement {
  const part = make("thead", ""), row = make("tr", "");
  row.append(...columns.map((name) => { const cell = make("th", "", name); cell.scope = "col"; return cell; }));
  part.append(row);
  return part;
}

function rows(values: string[][]): HTMLElement {
  const part = make("tbody", "");
  part.append(...values.map((cells) => { const row = make("tr", ""); row.append(...cells.map((cell) => make("td", "", cell))); return row; }));
  return part;
}

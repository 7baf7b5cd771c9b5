import { createContext, useContext } from "react";
import type { Editor } from "./editor";
import type { State } from "./state";
import { useStored } from "./store";

export const EditorContext = createContext<Editor | null>(null);

export function useEditor(): Editor {
  return useContext(EditorContext)!;
}

export function useCanvas<V>(choose: (state: State) => V): V {
  return useStored(useEditor().store, choose);
}

/** The WASM build below `libpg-query`'s own wrapper, which keeps one instance for ever; see `parser.ts` for why not. */
declare module 'libpg-query/wasm/libpg-query.js' {
  /** Pointers are byte offsets into the instance's memory; 0 is NULL. */
  interface PgQueryInstance {
    readonly HEAPU8: Uint8Array;
    _malloc(size: number): number;
    _free(pointer: number): void;
    _wasm_parse_query_raw(text: number): number;
    _wasm_free_parse_result(result: number): void;
    getValue(pointer: number, type: 'i32'): number;
    lengthBytesUTF8(text: string): number;
    stringToUTF8(text: string, pointer: number, size: number): void;
    UTF8ToString(pointer: number): string;
  }

  export default function instantiate(options: {
    readonly print: (line: string) => void;
    readonly printErr: (line: string) => void;
  }): Promise<PgQueryInstance>;
}

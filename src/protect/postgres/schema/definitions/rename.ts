import { type CatalogItem, text } from '../catalog-item.js';

/** RENAME and SET SCHEMA of what lies in a schema; `address` writes the object as the command wants it. */
export function renameInSchema(keyword: string, tail: (item: CatalogItem) => string = () => '') {
  return (now: CatalogItem, before: CatalogItem, temporary?: string): readonly string[] => {
    const schema = text(now.facts, 'schema');
    const wantedSchema = text(before.facts, 'schema');
    const name = text(now.facts, 'name');
    const wantedName = temporary ?? text(before.facts, 'name');
    const commands: string[] = [];
    if (name !== wantedName) commands.push(`ALTER ${keyword} ${schema}.${name}${tail(now)} RENAME TO ${wantedName}`);
    if (schema !== wantedSchema && temporary === undefined)
      commands.push(`ALTER ${keyword} ${schema}.${wantedName}${tail(now)} SET SCHEMA ${wantedSchema}`);
    return commands;
  };
}

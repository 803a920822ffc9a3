import { literal, text } from '../catalog-item.js';
import { itemSource, type KindRules } from './kind-rules.js';

/** COMMENT ON's word and the object's name, from what pg_identify_object() calls it. */
const TARGET = `CASE i.type
  WHEN 'table column' THEN 'COLUMN ' || i.identity WHEN 'view column' THEN 'COLUMN ' || i.identity
  WHEN 'materialized view column' THEN 'COLUMN ' || i.identity WHEN 'composite type column' THEN 'COLUMN ' || i.identity
  WHEN 'table constraint' THEN 'CONSTRAINT ' || i.identity
  WHEN 'domain constraint' THEN 'CONSTRAINT ' || regexp_replace(i.identity, ' on ', ' on DOMAIN ')
  WHEN 'composite type' THEN 'TYPE ' || i.identity
  ELSE upper(i.type) || ' ' || i.identity END`;

/** Comments on whatever has one, except what the system came with. */
export const commentRules: KindRules = {
  kind: 'comment',
  rank: 21,
  otherwise: 'leave',
  soft: true,
  source: () =>
    itemSource({
      kind: `'comment'`,
      address: `d.classoid::regclass || '/' || d.objoid || '/comment' || d.objsubid`,
      identity: TARGET,
      of: `d.classoid::regclass || '/' || d.objoid || '/0'`,
      facts: `'on', ${TARGET}, 'text', d.description`,
      // Oids below 16384 are the system's (access/transam.h, FirstNormalObjectId).
      from: `pg_description d CROSS JOIN LATERAL pg_identify_object(d.classoid, d.objoid, d.objsubid) i
        WHERE d.objoid >= 16384 OR (d.classoid = 'pg_namespace'::regclass AND i.identity = 'public')`,
    }),
  create: ({ facts }) => [`COMMENT ON ${text(facts, 'on')} IS ${literal(text(facts, 'text'))}`],
  alter: (_now, { facts }) => [`COMMENT ON ${text(facts, 'on')} IS ${literal(text(facts, 'text'))}`],
  drop: ({ facts }) => [`COMMENT ON ${text(facts, 'on')} IS NULL`],
};

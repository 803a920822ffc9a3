import type { ItemKind } from '../catalog-item.js';
import { columnRules } from './columns.js';
import { commentRules } from './comments.js';
import { constraintRules } from './constraints.js';
import { defaultRules } from './defaults.js';
import { functionRules } from './functions.js';
import { indexRules } from './indexes.js';
import type { KindRules } from './kind-rules.js';
import { otherRules } from './others.js';
import { partitionRules } from './partitions.js';
import { policyRules } from './policies.js';
import { rightsRules } from './rights.js';
import { schemaRules } from './schemas.js';
import { identityRules, sequenceRules } from './sequences.js';
import { statisticsRules } from './statistics.js';
import { tableSettingsRules } from './table-settings.js';
import { tableRules } from './tables.js';
import { ruleRules, triggerRules } from './triggers.js';
import { typeRules } from './type-definitions.js';
import { materializedViewRules, viewRules } from './views.js';

/** The rules of every kind. */
export const RULES: Readonly<Record<ItemKind, KindRules>> = {
  schema: schemaRules,
  type: typeRules,
  sequence: sequenceRules,
  function: functionRules,
  table: tableRules,
  column: columnRules,
  identity: identityRules,
  default: defaultRules,
  partition: partitionRules,
  constraint: constraintRules,
  index: indexRules,
  statistics: statisticsRules,
  view: viewRules,
  'materialized view': materializedViewRules,
  trigger: triggerRules,
  rule: ruleRules,
  policy: policyRules,
  'table settings': tableSettingsRules,
  rights: rightsRules,
  comment: commentRules,
  other: otherRules,
};

import { parsed } from './findings.js';
import { listed, objectName, relationIn, roleName, roleNames, settingName, shown, visible } from './names.js';
import { objectWord } from './object-kinds.js';
import type { Page, Reader } from './reader.js';
import { bare, child, children, constantOf, flag, type Node, text } from './tree.js';

// Who may do what. No password is ever shown: an approver's page and the log are not places for one.

const grant: Reader = (node, page) => {
  grantOn(node, page, '');
  return { skip: ['objects'] };
};

function grantOn(node: Node, page: Page, onFuture: string): void {
  const giving = flag(node, 'is_grant');
  const rights = children(node, 'privileges')
    .map((right) => text(right.node, 'priv_name'))
    .filter((right) => right !== '');
  const what = rights.length === 0 ? 'all rights' : listed(rights.map((right) => visible(right.toUpperCase())));
  const whom = roleNames(node, 'grantees');
  const word = objectWord(text(node, 'objtype'));
  const all = text(node, 'targtype') === 'ACL_TARGET_ALL_IN_SCHEMA';
  const names = children(node, 'objects').map(objectName);
  for (const name of names.length === 0 ? ['every new object'] : names) {
    const where = onFuture !== '' ? onFuture : all ? `every ${word} of schema ${name}` : `${word} ${name}`;
    const explain = giving ? `gives ${whom} ${what} on ${where}` : `takes ${what} on ${where} from ${whom}`;
    const passedOn = giving && flag(node, 'grant_option') ? ', to be passed on at will' : '';
    page.tell(parsed('grant', { kind: all ? 'schema' : word, name }, 'snapshot', `${explain}${passedOn}`));
  }
}

const grantRole: Reader = (node, page) => {
  const roles = roleNames(node, 'granted_roles');
  const whom = roleNames(node, 'grantee_roles');
  const explain = flag(node, 'is_grant') ? `makes ${whom} a member of ${roles}` : `takes ${whom} out of ${roles}`;
  page.tell(parsed('grant', { kind: 'role', name: roles }, 'snapshot', explain));
  return undefined;
};

const defaultPrivileges: Reader = (node, page) => {
  const action = bare(node, 'action') ?? {};
  grantOn(action, page, `every ${objectWord(text(action, 'objtype'))} that is created from now on`);
  return { skip: ['action'] };
};

const createRole: Reader = (node, page) => {
  const name = shown(text(node, 'role'));
  page.tell(parsed('grant', { kind: 'role', name }, 'yes', `creates role ${name}${powers(node)}`));
  return undefined;
};

const alterRole: Reader = (node, page) => {
  const name = roleName(bare(node, 'role'));
  page.tell(parsed('grant', { kind: 'role', name }, 'no', `changes role ${name}${powers(node)}`));
  return undefined;
};

const POWERS = new Map([
  ['superuser', 'superuser'],
  ['createrole', 'may create roles'],
  ['createdb', 'may create databases'],
  ['isreplication', 'may replicate'],
  ['bypassrls', 'passes row security by'],
  ['password', 'new password'],
  ['canlogin', 'may log in'],
]);

function powers(node: Node): string {
  const told = children(node, 'options').flatMap((option) => {
    const power = POWERS.get(text(option.node, 'defname'));
    return power === undefined || constantOf(child(option.node, 'arg')) === 'false' ? [] : power;
  });
  return told.length === 0 ? '' : ` (${told.join(', ')})`;
}

const alterRoleSettings: Reader = (node, page) => {
  const name = bare(node, 'role') === undefined ? 'every role' : roleName(bare(node, 'role'));
  const setting = settingName(text(bare(node, 'setstmt') ?? {}, 'name'));
  page.tell(
    parsed(
      'grant',
      { kind: 'role', name },
      'snapshot',
      `changes what setting ${setting} is for every new session of ${name}`,
    ),
  );
  return undefined;
};

const alterOwner: Reader = (node, page) => {
  const word = objectWord(text(node, 'objectType'));
  const name = bare(node, 'relation') === undefined ? objectName(child(node, 'object')) : relationIn(node, 'relation');
  const owner = roleName(bare(node, 'newowner'));
  page.tell(parsed('grant', { kind: word, name }, 'snapshot', `makes ${owner} the owner of ${word} ${name}`));
  return { skip: ['relation', 'object'] };
};

const reassignOwned: Reader = (node, page) => {
  const explain = `gives everything that ${roleNames(node, 'roles')} owns to ${roleName(bare(node, 'newrole'))}`;
  page.tell(parsed('grant', page.database, 'no', explain));
  return undefined;
};

function policy(verb: string): Reader {
  return (node, page) => {
    const name = shown(text(node, 'policy_name'));
    const explain = `${verb} policy ${name}, which decides who may see or change the rows of ${relationIn(node, 'table')}`;
    page.tell(parsed('grant', { kind: 'policy', name }, 'snapshot', explain));
    return { skip: ['table'], below: 'later' };
  };
}

const securityLabel: Reader = (node, page) => {
  const word = objectWord(text(node, 'objtype'));
  const name = objectName(child(node, 'object'));
  page.tell(parsed('grant', { kind: word, name }, 'snapshot', `sets the security label of ${word} ${name}`));
  return undefined;
};

export const RIGHTS_READERS: readonly (readonly [string, Reader])[] = [
  ['GrantStmt', grant],
  ['GrantRoleStmt', grantRole],
  ['AlterDefaultPrivilegesStmt', defaultPrivileges],
  ['CreateRoleStmt', createRole],
  ['AlterRoleStmt', alterRole],
  ['AlterRoleSetStmt', alterRoleSettings],
  ['AlterOwnerStmt', alterOwner],
  ['ReassignOwnedStmt', reassignOwned],
  ['CreatePolicyStmt', policy('creates')],
  ['AlterPolicyStmt', policy('changes')],
  ['SecLabelStmt', securityLabel],
];

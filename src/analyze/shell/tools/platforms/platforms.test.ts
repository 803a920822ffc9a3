import { describe, expect, it } from 'vitest';
import { exactly } from '../../argument.js';
import { judged } from '../../judged.case.js';
import { PLATFORM_TOOLS } from './index.js';

type Row = readonly [line: string, ...found: readonly string[]];

function table(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    it.each(rows)('%s', (line, ...found) => {
      expect(judged(PLATFORM_TOOLS, line)).toEqual(found);
    });
  });
}

table('railway', [
  ['railway volume delete --volume data', 'destroy remote'],
  ['railway volume list'],
  ['railway down -e staging', 'destroy remote staging'],
  ['railway environment delete staging', 'destroy remote'],
  ['railway up', 'deploy remote'],
  ['railway variables', 'reveal remote'],
  ['railway variables --set A=1', 'write remote'],
  ['railway logs --environment delete'],
  ['railway run -s api -- npm run x', 'command npm run x'],
  ['railway run rm -rf build', 'command rm -rf build'],
  ['railway ssh rm -rf /data', 'command rm -rf /data (in the service on Railway)'],
  ['railway status'],
]);

table('vercel', [
  ['vercel rm site --yes', 'destroy remote'],
  ['vercel --token rm ls'],
  ['vercel project rm p', 'destroy remote'],
  ['vercel env rm A production', 'destroy remote'],
  ['vercel env ls'],
  ['vercel env pull'],
  ['vercel env pull --environment=production', 'reveal remote production'],
  ['vercel'],
  ['vercel deploy'],
  ['vercel deploy --prod', 'deploy remote'],
  ['vercel --prod', 'deploy remote'],
  ['vercel rollback', 'deploy remote'],
  ['vercel domains rm a.b', 'destroy remote'],
  ['vercel dns rm r', 'configure remote'],
  ['vercel blob del u', 'destroy remote'],
]);

table('fly', [
  ['fly apps destroy a --yes', 'destroy remote'],
  ['flyctl volumes destroy v', 'destroy remote'],
  ['fly machine destroy m', 'destroy remote'],
  ['fly machine stop m', 'destroy remote'],
  ['fly apps list'],
  ['fly -a destroy status'],
  ['fly secrets unset A', 'destroy remote'],
  ['fly secrets set A=1', 'write remote'],
  ['fly deploy', 'deploy remote'],
  ['fly scale count 0', 'destroy remote'],
  ['fly scale count 2', 'configure remote'],
  ["fly ssh console -C 'rm -rf /data'", 'shell rm -rf /data (in a machine on Fly)'],
  ['fly postgres detach -a pg', 'destroy remote'],
  ['fly -t main destroy-pipeline -p delete', 'destroy remote'],
  ['fly -t main pipelines'],
]);

table('heroku', [
  ['heroku apps:destroy -a a --confirm a', 'destroy remote'],
  ['heroku apps destroy -a a', 'destroy remote'],
  ['heroku pg:reset DATABASE_URL', 'destroy remote'],
  ["heroku pg:psql -a a -c 'drop table t'", 'sql postgres drop table t'],
  ['heroku pg:info'],
  ['heroku pg:backups:restore b001', 'destroy remote'],
  ['heroku addons:destroy r', 'destroy remote'],
  ['heroku config:unset A', 'destroy remote'],
  ['heroku config', 'reveal remote'],
  ['heroku ps:scale web=0', 'destroy remote'],
  ['heroku ps:scale web=2', 'configure remote'],
  ['heroku ps:scale'],
  ['heroku run -a a -- rake db:drop', 'command rake db:drop (in a dyno on Heroku)'],
  ['heroku logs -a destroy'],
  ['heroku releases'],
]);

table('hosting', [
  ['netlify sites:delete --force', 'destroy remote'],
  ['netlify env:unset A --context production', 'destroy remote production'],
  ['netlify env:set A delete', 'write remote'],
  ['netlify deploy'],
  ['netlify deploy --prod', 'deploy remote'],
  ['firebase firestore:delete --all-collections', 'destroy remote'],
  ['firebase functions:delete f', 'destroy remote'],
  ['firebase emulators:start'],
  ['firebase deploy --only hosting', 'deploy remote'],
  ['amplify delete', 'destroy remote'],
  ['eb terminate env', 'destroy remote'],
  ['copilot svc delete -n a -e test', 'destroy remote test'],
  ['copilot svc show -n delete'],
  ['dokku apps:destroy a', 'destroy remote'],
  ['dokku apps:list'],
]);

table('databases', [
  ['supabase projects delete p', 'destroy remote'],
  ['supabase projects list'],
  ['supabase secrets unset A', 'destroy remote'],
  ['supabase stop --no-backup', 'destroy local'],
  ['supabase db reset --linked', 'destroy remote'],
  ['supabase --workdir db migration list'],
  ['neonctl branches delete b --project-id p', 'destroy remote'],
  ['neonctl branches reset b --parent', 'destroy remote'],
  ['neonctl branches list'],
  ['pscale database delete d', 'destroy remote'],
  ['pscale deploy-request deploy d 1', 'deploy remote'],
  ['atlascli clusters delete c', 'destroy remote'],
  ['atlascli clusters list'],
  ['appwrite databases delete --databaseId d', 'destroy remote'],
  ['appwrite databases list'],
]);

table('forges', [
  ['gh repo delete o/r --yes', 'destroy remote'],
  ['gh -R o/delete pr list'],
  ['gh release delete v1', 'destroy remote'],
  ["gh issue create --title 'delete' --body 'rm -rf'", 'write remote'],
  ['gh search issues delete'],
  ['gh pr merge 1 --squash --delete-branch', 'write remote'],
  ['gh pr merge 1 --admin', 'configure remote'],
  ['gh secret set A --body b', 'write remote'],
  ['gh secret delete A', 'destroy remote'],
  ['gh auth token', 'reveal local'],
  ['gh extension remove x'],
  ['gh workflow run deploy.yml -f a=b', 'write remote'],
  ['gh api repos/o/r', 'GET https://api.github.com/repos/o/r'],
  ['gh api -X DELETE /repos/o/r', 'DELETE https://api.github.com/repos/o/r'],
  ['gh api repos/o/r/issues -f title=a', 'POST https://api.github.com/repos/o/r/issues {"title":"a"}'],
  ['gh api --method GET search/code -f q=a', 'GET https://api.github.com/search/code'],
  ['gh api --hostname ghe.local user', 'GET https://ghe.local/api/v3/user'],
  [
    "gh api graphql -f query='query{viewer{login}}'",
    'POST https://api.github.com/graphql {"query":"\'query{viewer{login}}\'","variables":{}}',
  ],
  ['gh api -X $M repos/o/r', 'opaque'],
  ['glab repo delete a', 'destroy remote'],
  ['glab mr list'],
  ['glab api -X DELETE projects/1', 'DELETE https://gitlab.com/api/v4/projects/1'],
]);

table('services', [
  ['stripe customers delete cus_1', 'destroy remote'],
  ['stripe customers list'],
  ['stripe listen'],
  ['twilio api:core:messages:remove --sid a', 'destroy remote'],
  ['auth0 apps delete a', 'destroy remote'],
  ['auth0 apps show delete'],
  ['auth0 --tenant delete apps list'],
  ['sentry-cli releases delete v', 'destroy remote'],
  ['algolia indices delete i', 'destroy remote'],
  ['sanity dataset delete production', 'destroy remote'],
  ['shopify theme delete -t 1', 'destroy remote'],
  ['circleci context delete o c', 'destroy remote'],
  ['circleci config validate'],
  ['jenkins-cli delete-job a', 'destroy remote'],
  ['jenkins-cli list-jobs'],
]);

describe('what is read from a here-document', () => {
  it('is SQL for heroku pg:psql and pscale shell', () => {
    const input = { kind: 'text', text: exactly('drop table t') } as const;
    expect(judged(PLATFORM_TOOLS, 'heroku pg:psql', input)).toEqual(['sql postgres drop table t']);
    expect(judged(PLATFORM_TOOLS, 'pscale shell d main', input)).toEqual(['sql mysql drop table t']);
  });
});

import { describe, expect, it } from 'vitest';
import { exactly } from '../../argument.js';
import { invoke } from '../../invocation.case.js';
import { judged } from '../../judged.case.js';
import { docker } from './docker.js';
import { INFRASTRUCTURE_TOOLS } from './index.js';

type Row = readonly [line: string, ...found: readonly string[]];

function table(title: string, rows: readonly Row[]): void {
  describe(title, () => {
    it.each(rows)('%s', (line, ...found) => {
      expect(judged(INFRASTRUCTURE_TOOLS, line)).toEqual(found);
    });
  });
}

table('terraform and its kin', [
  ['terraform destroy', 'destroy remote'],
  ['terraform -chdir=infra destroy -auto-approve', 'destroy remote'],
  ['terraform apply', 'deploy remote'],
  ['terraform apply saved.tfplan', 'deploy remote'],
  ['terraform apply -destroy', 'destroy remote'],
  ['terraform apply -replace=a.b', 'destroy remote'],
  ['terraform plan -destroy -out destroy'],
  ['tofu plan'],
  ['tofu destroy', 'destroy remote'],
  ['terragrunt run-all destroy', 'destroy remote'],
  ['terragrunt run-all plan'],
  ['terraform state list'],
  ['terraform state rm a.b', 'destroy remote'],
  ['terraform state push s.json', 'destroy remote'],
  ['terraform state mv a b', 'configure remote'],
  ['terraform state mv -dry-run a b'],
  ['terraform force-unlock 1', 'configure remote'],
  ['terraform workspace delete w', 'destroy remote'],
  ['terraform workspace select destroy'],
  ['terraform fmt'],
  ['terraform destroy -help'],
]);

table('pulumi, cdk and others', [
  ['pulumi destroy --yes', 'destroy remote'],
  ['pulumi destroy --preview-only'],
  ['pulumi preview --stack destroy'],
  ['pulumi -s dev up', 'deploy remote'],
  ['pulumi stack rm dev', 'destroy remote'],
  ['pulumi stack ls'],
  ['pulumi state delete u', 'destroy remote'],
  ['pulumi config rm k'],
  ['cdk destroy --all', 'destroy remote'],
  ['cdk diff'],
  ['cdk deploy', 'deploy remote'],
  ['cdk synth destroy'],
  ['serverless remove --stage staging', 'destroy remote staging'],
  ['sls deploy', 'deploy remote'],
  ['sst remove', 'destroy remote'],
  ['sam delete --stack-name s', 'destroy remote'],
  ['vagrant destroy -f', 'destroy local'],
  ['vagrant up'],
  ['eksctl delete cluster --name c', 'destroy remote'],
  ['kind delete cluster --name dev', 'destroy local'],
  ['minikube delete', 'destroy local'],
  ['minikube start'],
]);

table('ansible', [
  ['ansible all -m ping'],
  ["ansible web -m shell -a 'rm -rf /srv'", 'shell rm -rf /srv (on the hosts web)'],
  ["ansible web -a 'uptime'", 'shell uptime (on the hosts web)'],
  ["ansible all -m file -a 'path=/x state=absent'", 'destroy remote'],
  ["ansible all -m copy -a 'src=a dest=b'", 'configure remote'],
  ["ansible all -m file -a 'path=/x state=absent' --check"],
  ['ansible all -m $M', 'opaque'],
  ['ansible-playbook site.yml', 'deploy remote'],
  ['ansible-playbook site.yml --check'],
  ['ansible-playbook -i localhost, -c local site.yml', 'deploy local'],
]);

table('kubectl', [
  ['kubectl delete ns a', 'destroy remote'],
  ['kubectl -n delete get pods'],
  ['kubectl --context prod delete pod a', 'destroy remote'],
  ['kubectl --context kind-dev delete pod a', 'destroy local'],
  ['kubectl delete ns a --dry-run=client'],
  ['kubectl delete ns a --dry-run'],
  ['kubectl delete ns a --dry-run=none', 'destroy remote'],
  ['kubectl delete ns a --dry-run=$MODE', 'destroy remote'],
  ['kubectl get pods -l delete'],
  ['kubectl logs -f delete'],
  ['kubectl describe pod delete'],
  ['kubectl scale deploy a --replicas=0', 'destroy remote'],
  ['kubectl scale deploy a --replicas 3', 'write remote'],
  ['kubectl scale deploy a --replicas=$N', 'configure remote'],
  ['kubectl apply -f a.yaml', 'write remote'],
  ['kubectl apply -f a.yaml --prune -l a=b', 'destroy remote'],
  ['kubectl replace --force -f a.yaml', 'destroy remote'],
  ['kubectl rollout status deploy a'],
  ['kubectl rollout undo deploy a', 'deploy remote'],
  ['kubectl drain node', 'configure remote'],
  ['kubectl uncordon node', 'write remote'],
  ['kubectl set image deploy/a b=c', 'deploy remote'],
  ['kubectl patch pvc a -p \'{"metadata":{"finalizers":null}}\'', 'destroy remote'],
  ['kubectl get secret a -o yaml', 'reveal remote'],
  ['kubectl get secrets'],
  ['kubectl exec -n a pod -c main -- rm -rf /data', 'command rm -rf /data (in the pod pod)'],
  ["kubectl exec -it pod -- sh -c 'rm -rf /data'", 'command sh -c rm -rf /data (in the pod pod)'],
  ['kubectl config use-context a'],
  ['k delete pod a', 'destroy remote'],
  ['oc delete project a', 'destroy remote'],
  ['kubectl $VERB pod a', 'opaque'],
  ['kubectl $OPTIONS get pods'],
]);

table('helm and others on Kubernetes', [
  ['helm uninstall a -n prod', 'destroy remote'],
  ['helm uninstall a --dry-run'],
  ['helm upgrade a c --version 1.2 --install', 'write remote'],
  ['helm upgrade a c --force', 'destroy remote'],
  ['helm rollback a 2', 'deploy remote'],
  ['helm template delete ./c'],
  ['helm repo remove r'],
  ['helmfile destroy', 'destroy remote'],
  ['helmfile diff'],
  ['argocd app delete a', 'destroy remote'],
  ['argocd app sync a --prune', 'destroy remote'],
  ['argocd app list'],
  ['flux delete kustomization a', 'destroy remote'],
  ['flux get all'],
]);

table('docker: what loses data, and what does not', [
  ['docker volume rm v', 'destroy local'],
  ['docker volume prune -f', 'destroy local'],
  ['docker system prune --volumes', 'destroy local'],
  ['docker rm -f a', 'destroy local'],
  ['docker container rm -v a', 'destroy local'],
  ['docker rm a'],
  ['docker stop a'],
  ["docker stop '$(docker ps -q)'", 'destroy local'],
  ['docker rmi a'],
  ['docker image prune'],
  ['docker image rm -f a', 'destroy local'],
  ['docker builder prune -af'],
  ['docker ps -a --filter name=rm'],
  ['docker build -t delete .'],
  ['docker compose down'],
  ['docker compose -f rm.yml ps'],
  ['docker compose -f x.yml down -v', 'destroy local'],
  ['docker-compose -p delete down --volumes --remove-orphans', 'destroy local'],
  ['docker compose down -v --dry-run', 'destroy local'],
  ['docker compose --dry-run down -v'],
  ['docker -H ssh://prod volume rm v', 'destroy remote'],
  ['docker --context prod compose down -v', 'destroy remote'],
  ['podman system reset', 'destroy local'],
  ['docker $WHAT a', 'opaque'],
]);

table('docker: what runs in a container', [
  ['docker exec -it -u root db psql -c x', 'command psql -c x (in the container db)'],
  ['docker compose exec -T db rm -rf /data', 'command rm -rf /data (in the container db)'],
  ['docker run --rm -it alpine rm -rf /tmp/x', 'command rm -rf /tmp/x (in a container of alpine)'],
  ['docker run --name rm -d nginx'],
  ['docker run --rm --entrypoint sh alpine -c true', 'command sh -c true (in a container of alpine)'],
  ['docker run -v ./data:/d alpine rm -rf /d/x', 'command rm -rf ./data/x'],
  ["docker run -v ./data:/d alpine sh -c 'rm -rf /d/*'", 'command sh -c rm -rf ./data/*'],
  ['docker run -v ./data:/d:ro alpine rm -rf /d/x', 'command rm -rf /d/x (in a container of alpine)'],
  ['docker run -v vol:/d alpine rm -rf /d/x', 'command rm -rf /d/x (in a container of alpine)'],
  ['docker run --mount type=bind,src=/srv,dst=/d alpine rm /d/x', 'command rm /srv/x'],
  ['docker run -v /:/host alpine', 'opaque'],
  ['docker run --privileged nginx', 'opaque'],
  ['docker run --privileged=false nginx'],
  ['docker cp db:/data ./out', 'files place ./out'],
  ['docker cp ./in db:/data'],
  ['docker cp db:/a/b.txt .', 'files place ./b.txt'],
]);

table('fleets and machines', [
  ['nomad job stop web', 'destroy remote'],
  ['nomad job status stop'],
  ['ceph osd pool delete a a --yes-i-really-really-mean-it', 'destroy remote'],
  ['ceph status'],
  ["salt '*' cmd.run 'rm -rf /srv'", "shell rm -rf /srv (on '*')"],
  ["salt '*' test.ping"],
  ["salt '*' pkg.remove nginx", 'destroy remote'],
  ['knife node delete a', 'destroy remote'],
  ['knife node show delete'],
  ['virsh undefine a --remove-all-storage', 'destroy local'],
  ['virsh list'],
  ['qm destroy 100', 'destroy local'],
  ['lxc delete a --force', 'destroy local'],
  ['skopeo delete docker://r/i', 'destroy remote'],
  ['skopeo inspect docker://r/delete'],
]);

describe('the engine of another machine', () => {
  it('is told by DOCKER_HOST too', () => {
    const variables = new Map([['DOCKER_HOST', exactly('tcp://db1:2375')]]);
    expect(docker.judge({ ...invoke('docker volume rm v'), variables })).toMatchObject([{ place: 'remote' }]);
    expect(docker.judge(invoke('docker volume rm v'))).toMatchObject([{ place: 'local' }]);
  });
});

import { describe, expect, test } from 'vitest';
import { exactly } from '../../argument.js';
import { told } from '../files/told.case.js';
import { systemTools } from './index.js';

const say = (line: string) => told(systemTools, line);

describe('disks', () => {
  const erased = 'destroy local disk no';
  test.each([
    ['mkfs.ext4 /dev/sda1', erased],
    ['mkfs -t xfs /dev/sdb', erased],
    ['mkfs.ext4 disk.img', 'overwrite disk.img'],
    ['mkfs.ext4 --help', ''],
    ['mkswap /dev/sda2', erased],
    ['wipefs /dev/sda', ''],
    ['wipefs -a /dev/sda', erased],
    ['wipefs -an /dev/sda', ''],
    ['blkdiscard /dev/nvme0n1', erased],
    ['fdisk -l', ''],
    ['fdisk /dev/sda', erased],
    ['sfdisk -d /dev/sda', ''],
    ['sfdisk /dev/sda', erased],
    ['sgdisk -p /dev/sda', ''],
    ['sgdisk --zap-all /dev/sda', erased],
    ['sgdisk -d1 /dev/sda', erased],
    ['parted -l', ''],
    ['parted /dev/sda print', ''],
    ['parted -s /dev/sda mklabel gpt', erased],
    ['hdparm -I /dev/sda', ''],
    ['hdparm --user-master u --security-erase p /dev/sda', erased],
    ['zfs list', ''],
    ['zfs destroy -r tank/a', 'destroy local disk:destroy no'],
    ['zfs destroy -nv tank/a', ''],
    ['zpool destroy tank', 'destroy local disk:destroy no'],
    ['zpool status delete', ''],
    ['btrfs subvolume delete a', 'destroy local disk:subvolume no'],
    ['btrfs subvolume list a', ''],
    ['cryptsetup luksFormat /dev/sda1', 'destroy local disk:luksFormat no'],
    ['cryptsetup luksOpen /dev/sda1 x', ''],
    ['lvremove -f vg/lv', erased],
    ['mdadm --detail /dev/md0', ''],
    ['mdadm --zero-superblock /dev/sda1', erased],
    ['diskutil list', ''],
    ['diskutil eraseDisk JHFS+ X disk2', 'destroy local disk:eraseDisk no'],
    ['diskutil apfs deleteVolume disk1s1', 'destroy local disk:apfs no'],
    ['tmutil delete x', 'destroy local disk:delete no'],
    ['tmutil listbackups', ''],
    ['umount /mnt', 'configure local mount'],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));
});

describe('processes and power', () => {
  test.each([
    ['kill 1234', ''],
    ['kill -9 1234', ''],
    ['kill -9 -1', 'destroy local process no'],
    ['kill -s KILL -- -1', 'destroy local process no'],
    ['kill -TERM 1', 'destroy local process no'],
    ['kill -l', ''],
    ['pkill node', 'configure local process'],
    ['pkill -9 -u me', 'destroy local process no'],
    ['killall sshd', 'destroy local process no'],
    ['killall -l', ''],
    ['fuser -k 3000/tcp', 'configure local process'],
    ['shutdown -h now', 'destroy local machine no'],
    ['shutdown -c', ''],
    ['reboot', 'destroy local machine no'],
    ['init 0', 'destroy local machine no'],
    ['init 3', ''],
    ['systemctl poweroff', 'destroy local service:poweroff no'],
    ['systemctl stop nginx', 'configure local service:stop yes'],
    ['systemctl status delete-old', ''],
    ['tmux kill-server', 'destroy local terminal no'],
    ['tmux kill-session -t x', 'configure local terminal yes'],
    ['tmux ls', ''],
    ['history', ''],
    ['history -c', 'destroy local history no'],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));
});

describe('jobs, logs, network, accounts, keys', () => {
  test.each([
    ['crontab -l', ''],
    ['crontab -r', 'destroy local crontab no'],
    ['crontab jobs.txt', 'destroy local crontab'],
    ['at -f job.sh now', 'script shell job.sh'],
    ['journalctl -u x', ''],
    ['journalctl --vacuum-time=1s', 'destroy local log no'],
    ['dmesg', ''],
    ['dmesg -C', 'write local log'],
    ['auditctl -D', 'destroy local log no'],
    ['sysctl -a', ''],
    ['sysctl -w a.b=1', 'configure local system-setting'],
    ['chroot /mnt rm -rf /x', 'command rm -rf /x'],
    ['iptables -L', ''],
    ['iptables -F', 'destroy local firewall'],
    ['iptables -A INPUT -j DROP', 'configure local firewall'],
    ['nft flush ruleset', 'destroy local firewall:flush'],
    ['nft list ruleset', ''],
    ['ufw status', ''],
    ['ufw reset', 'destroy local firewall:reset'],
    ['ip addr', ''],
    ['ip -s link show', ''],
    ['ip link delete eth0', 'destroy local network'],
    ['ip route flush all', 'destroy local network'],
    ['ip netns exec x rm -rf y', 'command rm -rf y'],
    ['nmcli connection delete x', 'destroy local network:connection'],
    ['nmcli device status', ''],
    ['userdel -r me', 'destroy local account no'],
    ['useradd me', 'configure local account'],
    ['gpg --delete-secret-keys me', 'destroy local key no'],
    ['gpg --export me', ''],
    ['gpg --export-secret-keys me', 'reveal remote key'],
    ['security dump-keychain', 'reveal remote keychain'],
    ['security delete-keychain x', 'destroy local keychain no'],
    ['security find-generic-password -s x', ''],
    ['defaults read', ''],
    ['defaults delete com.example', 'destroy local preferences:delete'],
    ['osascript -e \'do shell script "rm -rf x"\'', 'shell rm -rf x'],
    ["osascript -e 'display dialog 1'", ''],
    ['osascript -e \'tell application "Finder" to empty the trash\'', 'opaque'],
    ['ssh-keygen -lf x', ''],
    ['osascript -e \'display notification "done"\'', ''],
    ['osascript -e \'tell application "Finder" to activate\'', ''],
    ['osascript -e \'tell application "Mail" to send it\'', 'opaque'],
    ['shortcuts list', ''],
    ['shortcuts run x', 'opaque'],
    ['csrutil status', ''],
    ['csrutil disable', 'destroy local protection'],
    ['setenforce 0', 'destroy local protection'],
    ['deluser me group', 'configure local account'],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));

  test('a key that is there is replaced only when an answer is given', () => {
    const input = { kind: 'text', text: exactly('y') } as const;
    expect(told(systemTools, 'ssh-keygen -t rsa -f id', { input })).toBe('overwrite id');
    expect(say('ssh-keygen -t rsa -f id')).toBe('');
  });
});

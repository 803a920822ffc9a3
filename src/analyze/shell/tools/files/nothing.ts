import type { Tool } from '../../tool.js';

/**
 * Programs that only make, show or measure: whatever words they are given (`mkdir delete`, `touch rm`, `ls drop`), nothing
 * that a person would miss goes away.
 */
const NAMES = `
  basename blkid cal cksum clear date df dir dircolors dirname dot du exa eza factor false
  file finger free getconf getent getfacl groups hostid htop id iostat jobs last lastlog ldd locale locate
  logname ls lsattr lsblk lscpu lsd lsdev lshw lsmod lsof lspci lsusb man mdls mdfind md5 md5sum mkdir mkfifo mktemp mpstat
  ncal netstat nproc nslookup numfmt objdump otool pathchk pgrep pidof ping ping6 plocate pmap printenv ps pstree ptx pwd
  readelf readlink realpath say seq sha1sum sha224sum sha256sum sha384sum sha512sum shasum size sleep ss stat sum
  sw_vers sync tload top touch tput tr traceroute tree tsort tty type tzselect uname uptime users vdir vmstat w wc whatis
  whereis which who whoami xdg-mime xdg-open yes zdump dig host whois apropos help info tldr cheat figlet cowsay neofetch
  uuidgen cloc tokei scc shellcheck hadolint actionlint yamllint markdownlint jsonlint dust duf ncdu btop
  iotop nm addr2line c++filt pkg-config mtr tracepath arp lsns lslocks lsmem nvidia-smi sensors acpi`;

const nothing: Tool = {
  names: [...new Set(NAMES.trim().split(/\s+/u))],
  judge: () => [],
};

export const NOTHING: readonly Tool[] = [nothing];

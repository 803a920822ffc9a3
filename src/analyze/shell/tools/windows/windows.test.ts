import { describe, expect, test } from 'vitest';
import { told } from '../files/told.case.js';
import { windowsTools } from './index.js';

const say = (line: string) => told(windowsTools, line);

describe('files', () => {
  test.each([
    ['rd /s /q build', 'delete* build'],
    ['RD /S /Q C:\\x', 'destroy local windows:path'],
    ['del /f /s /q src\\old', 'delete* src/old'],
    ['del a.txt', 'delete a.txt'],
    ['del %TEMP%\\x', 'destroy local windows:path'],
    ['Remove-Item -Recurse -Force build', 'delete* build'],
    ['remove-item build -rec', 'delete* build'],
    ['Remove-Item -Path a,b', 'delete a; delete b'],
    ['Remove-Item build -Recurse -WhatIf', ''],
    ['Remove-Item HKLM:\\x -Recurse', 'destroy local windows:path'],
    ['ri -Recurse build', 'delete* build'],
    ['ri String', ''],
    ['Clear-Content a', 'overwrite a'],
    ['Set-Content -Path a -Value b', 'overwrite a'],
    ['Add-Content a b', 'append a'],
    ['Move-Item a b', 'move* a; place b'],
    ['robocopy a b /MIR', 'delete* b'],
    ['robocopy a b /MIR /L', ''],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));
});

describe('the machine', () => {
  test.each([
    ['format c: /q', 'destroy local disk no'],
    ['format --check', ''],
    ['Format-Volume -DriveLetter D', 'destroy local disk no'],
    ['Clear-Disk -Number 1 -RemoveData', 'destroy local disk no'],
    ['Stop-Computer', 'destroy local machine no'],
    ['cipher /w:c', 'destroy local disk no'],
    ['vssadmin list shadows', ''],
    ['vssadmin delete shadows /all', 'destroy local backup no'],
    ['wbadmin delete catalog', 'destroy local backup no'],
    ['bcdedit', ''],
    ['bcdedit /deletevalue x', 'destroy local machine no'],
    ['reg query HKLM', ''],
    ['reg delete HKCU\\x /f', 'destroy local registry no'],
    ['sc query x', ''],
    ['sc delete x', 'destroy local service'],
    ['schtasks /query', ''],
    ['schtasks /delete /tn x', 'destroy local job'],
    ['net user me /delete', 'destroy local account'],
    ['net view', ''],
    ['wmic shadowcopy delete', 'destroy local machine'],
    ['icacls x', ''],
    ['diskpart /s x.txt', 'destroy local disk no'],
    ['wsl --unregister x', 'destroy local machine no'],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));
});

describe('what starts something', () => {
  const encoded = Buffer.from('Remove-Item x', 'utf16le').toString('base64');
  test.each([
    ["powershell -Command 'Remove-Item -Recurse x'", 'shell Remove-Item -Recurse x'],
    ['pwsh -NoProfile -ExecutionPolicy Bypass -c Get-Date', 'shell Get-Date'],
    [`powershell -EncodedCommand ${encoded}`, 'shell Remove-Item x'],
    ["powershell -c 'Get-ChildItem | % { $_.Delete() }'", 'powershell Get-ChildItem | % { $_.Delete() }'],
    ['pwsh a.ps1', 'script powershell a.ps1'],
    ['cmd /c rmdir /s x', 'command rmdir /s x'],
    ["cmd /c 'del x'", 'shell del x'],
    ["iex 'Remove-Item x'", 'shell Remove-Item x'],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));
});

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { exactly, UNKNOWN_PART } from '../../argument.js';
import { invoke } from '../../invocation.case.js';
import { fileTools } from './index.js';
import { told } from './told.case.js';

const say = (line: string) => told(fileTools, line);

describe('removing', () => {
  test.each([
    ['rm a b', 'delete a; delete b'],
    ['rm -rf build', 'delete* build'],
    ['rm -fr -- -odd', 'delete* -odd'],
    ['rm build -R', 'delete* build'],
    ['rm --recur --force build', 'delete* build'],
    ['rm -- -r', 'delete -r'],
    ['rm $FLAGS build', 'delete* $; delete* build'],
    ['rm -d empty', 'empty empty'],
    ['rm --help', ''],
    ['rm -Recurse -Force build', 'delete* build'],
    ['rmdir a', 'empty a'],
    ['rmdir /s /q node_modules', 'delete* node_modules'],
    ['unlink a', 'delete a'],
    ['shred -u -n 3 secret', 'delete secret'],
    ['shred notes', 'overwrite notes'],
    ['trash-put a', ''],
    ['trash-empty', 'destroy local trash no'],
    ['gio trash --empty', 'destroy local trash no'],
    ['fdupes -rdN photos', 'destroy local files'],
    ['fdupes -r photos', ''],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));
});

describe('copying and moving', () => {
  test.each([
    ['cp a b', 'read a; place b'],
    ['cp a .', 'read a; place ./a'],
    ['cp a b folder', 'read a; read b; place folder/a; place folder/b'],
    ['cp -t folder a', 'read a; place folder/a'],
    ['cp src/*.ts folder/', 'read src/*.ts; place folder/'],
    ['cp -n a b', 'read a'],
    ['mv a b', 'move* a; place b'],
    ['mv $X b', 'move* $; place b'],
    ['mv -T a folder/', 'move* a; place folder/'],
    ['ln -s a b', 'read* a; link'],
    ['ln -sfn a b', 'read* a; place b; link'],
    ['install -m 755 a /usr/local/bin/', 'place /usr/local/bin/a'],
    ['install -d folder', ''],
    ['scp a host:b', 'read a; write remote host'],
    ['scp host:b .', 'place ./b'],
    ['rsync -a src/ folder', 'read* src/; place* folder'],
    ['rsync -a --delete src/ folder', 'read* src/; delete* folder'],
    ['rsync -an --delete src/ folder', ''],
    ['rsync -a --delete-after src/ host:folder', 'read* src/; destroy remote host'],
    ['rsync -a src/ host:folder', 'read* src/; write remote host'],
    ['rsync --remove-source-files a host:b', 'read* a; move* a; write remote host'],
    ["rsync -e 'ssh -p 22' a host:b", 'read* a; write remote host'],
    ["rsync -e 'sh -c x' a host:b", 'shell sh -c x; read* a; write remote host'],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));
});

describe('writing', () => {
  test.each([
    ['tee a', 'overwrite a'],
    ['tee -a a', 'append a'],
    ['truncate -s 0 a', 'overwrite a'],
    ['truncate -s +1K a', 'edit a'],
    ['dd if=/dev/zero of=/dev/sda bs=1M', 'read /dev/zero; overwrite /dev/sda'],
    ['dd if=disk.img', 'read disk.img'],
    ['sort -o a a', 'overwrite a; read a'],
    ['split -l 5 a part-', 'place part-??'],
    ['dos2unix a', 'edit a'],
    ['exiftool a.jpg', ''],
    ['mogrify -resize 50% a.jpg', 'edit a.jpg'],
    ['exiv2 a.jpg', ''],
    ['exiv2 -d a a.jpg', 'edit a.jpg'],
    ['id3v2 -l a.mp3', ''],
    ['id3v2 --delete-all a.mp3', 'edit a.mp3'],
    ['ffmpeg -i a b', ''],
    ['ffmpeg -y -i a b', 'overwrite b'],
    ['exiftool -all= a.jpg', 'edit a.jpg'],
    ["yq -i '.a=1' a.yaml", 'edit a.yaml'],
    ["rename 's/a/b/' *.txt", 'move *.txt'],
    ["rename -n 's/a/b/' *.txt", ''],
    ["rename 's/a/`id`/e' x", 'perl s/a/`id`/e; move x'],
    ['sed -i s/a/b/ x y', 'edit x; edit y'],
    ["sed -i.bak -e 's/a/b/' x", 'edit x'],
    ["sed -n 's/a/b/w out' x", 'overwrite out'],
    ["sed '1e rm -rf x' y", 'shell rm -rf x'],
    ["sed 's/.*/ls/e' y", 'opaque'],
    ["sed 's/delete/e/;/w/d' y", ''],
    ["sed -E 's|we|ew|g' y", ''],
    ['chmod -R 777 .', 'modes* .'],
    ['chmod -x run', 'modes run'],
    ['chmod u+x a b', ''],
    ['chown -R me:me src', 'modes* src'],
    ['chown --reference=a b', 'modes b'],
    ['chattr -R +i a', 'modes* a'],
    ['gzip a', 'move a; place a.gz'],
    ['gzip -k a', 'place a.gz'],
    ['gzip -dc a.gz', ''],
    ['gunzip a.gz', 'move a.gz; place a'],
    ['zstd a', 'place a.zst'],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));

  test('the files that a patch names are those that change', () => {
    const text = exactly('--- a/src/x.ts\n+++ b/src/x.ts\n@@ -1 +1 @@\n-a\n+b\n');
    expect(told(fileTools, 'patch -p1', { input: { kind: 'text', text } })).toBe('edit ./src/x.ts');
    expect(say('patch -p1 --dry-run')).toBe('');
    expect(say('patch -p1 -i x.patch')).toBe('edit* .');
  });
});

describe('archives', () => {
  test.each([
    ['tar xzf a.tgz', 'place* .'],
    ['tar -xf a.tar -C there', 'place* there'],
    ['tar xfC a.tar there', 'place* there'],
    ['tar tf a.tar', ''],
    ['tar xkf a.tar', ''],
    ['tar czf a.tgz src', 'overwrite a.tgz; read* src'],
    ['tar cf - src', 'read* src'],
    ['tar cf a.tar --remove-files src', 'overwrite a.tar; read* src; move* src'],
    ['tar xf a.tar --to-command=id', 'shell id'],
    ['tar cf a.tar --checkpoint-action=exec=id x', 'shell id; overwrite a.tar; read* x'],
    ['unzip a.zip', ''],
    ['unzip -o a.zip -d there', 'place* there'],
    ['unzip -l a.zip', ''],
    ['zip -r a.zip src', 'read* src; place a.zip'],
    ['zip -rm a.zip src', 'read* src; place a.zip; move* src'],
    ['7z x a.7z -othere -y', 'place* there'],
    ['7z l a.7z', ''],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));
});

describe('searching', () => {
  test.each([
    ['find . -name x', ''],
    ['find src -delete', 'delete* src'],
    ["find . -name '*.log' -delete", 'delete* .'],
    ["find . -name '*.pyc' -delete", ''],
    ["find . -name '*.pyc' -o -name a -delete", 'delete* .'],
    ['find . -name -delete', ''],
    ['find -type f -exec rm {} +', 'delete* .'],
    ['find a b -exec rm -f {} ;', 'delete* a; delete* b'],
    ['find . -name node_modules -prune -exec rm -rf {} +', 'delete* ./node_modules'],
    ['find . -exec chmod 644 {} +', 'modes* .'],
    ['find . -exec grep x {} ; -delete', 'command grep x ./$; delete* .'],
    ["find . -exec sh -c 'rm $1' _ {} ;", 'command sh -c rm $1 _ ./$'],
    ['find . -fprint out', 'overwrite out'],
    ['find $X -delete', 'delete* $'],
    ['fd x', ''],
    ['fd -e log -x rm', 'delete* .'],
    ['fd x src -X rm -rf', 'delete* src'],
    ['fd -e pyc -x rm', 'delete ./x.pyc'],
    ['fd x -x echo {/}', 'command echo ./$'],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));
});

describe('reading', () => {
  test.each([
    ['cat a - b', 'read a; read b'],
    ['head -n 5 a', 'read a'],
    ['grep -r delete src', 'read* src'],
    ['grep -e rm -f words a', 'read* a'],
    ['rg delete', 'read* .'],
    ['rg -l delete', ''],
    ['rg --pre ./x y', 'command ./x; read* .'],
    ['mkdir delete', ''],
    ['touch rm', ''],
  ])('%s', (line, expected) => expect(say(line)).toBe(expected));
});

test('no words make a tool throw', () => {
  const word = fc.oneof(
    fc.constantFrom(
      '-r',
      '-f',
      '--',
      '-',
      '',
      '{}',
      ';',
      '+',
      '-exec',
      '-x',
      '-delete',
      'xf',
      'of=',
      UNKNOWN_PART,
      `-${UNKNOWN_PART}`,
      's/a/b',
      '/s',
      'C:\\x',
    ),
    fc.string({ maxLength: 8 }),
  );
  const tools = fileTools.flatMap((tool) => tool.names.map((name) => ({ tool, name })));
  fc.assert(
    fc.property(fc.constantFrom(...tools), fc.array(word, { maxLength: 6 }), ({ tool, name }, words) => {
      const args = words.map((text) => ({
        text,
        certainty: text.includes(UNKNOWN_PART) ? ('unknown' as const) : ('exact' as const),
        written: text,
      }));
      expect(Array.isArray(tool.judge({ ...invoke(name), args }))).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});

import { countedBytes, type StoredFile } from '../../contracts/files-table.ts';
import { commitChange } from './commit-change.ts';
import { countUsage, deleteRow } from './file-writes.ts';
import { commit } from './files-store.ts';

const maxAttempts = 6;

/** Deletes a file as it is, whatever others do to it meanwhile. */
export const removeAnyway = async (first: StoredFile): Promise<void> => {
  let file: StoredFile | undefined = first;
  for (let attempt = 0; file !== undefined; attempt += 1) {
    if (attempt === maxAttempts) throw new Error('other writes to the same file won');
    const row = deleteRow(file.id, file.version);
    const outcome = await commitChange({ row, fileId: file.id, owner: file.owner, bytes: -countedBytes(file) });
    file = outcome.kind === 'newer' ? outcome.file : undefined;
  }
};

/** As many as one transaction takes beside the usage ("TransactWriteItems", DynamoDB API Reference). */
export const filesPerTransaction = 99;

/** Deletes files of one owner: together, or one after the other where somebody writes to one of them meanwhile. */
export const removeTogether = async (owner: string, files: readonly StoredFile[]): Promise<void> => {
  for (let start = 0; start < files.length; start += filesPerTransaction) {
    const some = files.slice(start, start + filesPerTransaction);
    const bytes = some.reduce((sum, file) => sum + countedBytes(file), 0);
    const usage = bytes === 0 ? [] : [countUsage(owner, -bytes)];
    const { ok } = await commit([...some.map(({ id, version }) => deleteRow(id, version)), ...usage]);
    if (!ok) for (const file of some) await removeAnyway(file);
  }
};

import { checkOverlap, type ExpressionScope, OperandReader, Problems } from './expression-scope.ts';
import type { DocumentPath, ParsedProjection } from './expression-tree.ts';
import { TokenStream } from './token-stream.ts';

/** Parses a `ProjectionExpression`. @returns the problem as a text. */
export function parseProjection(expression: string, scope: ExpressionScope): ParsedProjection | string {
  const tokens = new TokenStream(expression);
  const problems = new Problems();
  const reader = new OperandReader(tokens, scope, problems, []);
  const paths: DocumentPath[] = [];
  do {
    const path = reader.path();
    checkOverlap(paths, path, problems);
    paths.push(path);
  } while (tokens.takeSign(','));
  tokens.expectEnd();
  return problems.first(['reserved', 'name', 'overlap', 'conflict']) ?? { paths, nestedPaths: reader.nestedPaths };
}

import { type AttributeType, type AttributeValue, contentOf, typeOf } from '../values/attribute-value.ts';
import { compareValues } from '../values/compare-values.ts';
import { type Problems, pathText, sameOperand } from './expression-scope.ts';
import { isPath, type Operand } from './expression-tree.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Expressions.OperatorsAndFunctions.html */
const MAX_IN_OPERANDS = 100;
const OPERANDS: Readonly<Record<string, number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
  size: 1,
};
const ORDERING: readonly string[] = ['<', '<=', '>', '>='];
const ORDERED: readonly string[] = ['S', 'N', 'B'];
const TYPES: readonly string[] = ['S', 'N', 'B', 'NULL', 'SS', 'BOOL', 'L', 'BS', 'NS', 'M'];
const SIZELESS: readonly string[] = ['N', 'BOOL', 'NULL'];

/** Notes what is wrong with the operators and functions of a condition. */
export interface ConditionChecks {
  comparison(operator: string, left: Operand, right: Operand): void;
  between(value: Operand, low: Operand, high: Operand): void;
  in(value: Operand, candidates: readonly Operand[]): void;
  functionCall(name: string, args: readonly Operand[]): void;
  misused(name: string): void;
}

export function conditionChecks(problems: Problems): ConditionChecks {
  const misused = (name: string) =>
    problems.add('misused', `The function is not allowed to be used this way in an expression; function: ${name}`);
  const operands = (all: readonly Operand[]) => {
    for (const operand of all) {
      if (!isPath(operand) && 'type' in operand && operand.name !== 'size') misused(operand.name);
    }
  };
  return {
    misused,
    comparison(operator, left, right) {
      operands([left, right]);
      checkDistinct(problems, operator, [left, right]);
      if (ORDERING.includes(operator)) checkOrdered(problems, operator, [left, right]);
    },
    between(value, low, high) {
      operands([value, low, high]);
      checkDistinct(problems, 'BETWEEN', [value, low, high]);
      checkOrdered(problems, 'BETWEEN', [value, low, high]);
      checkBounds(problems, low, high);
    },
    in(value, candidates) {
      operands([value, ...candidates]);
      checkDistinct(problems, 'IN', [value, ...candidates]);
      if (candidates.length > MAX_IN_OPERANDS) {
        problems.add('function', `The IN operator is provided with too many operands; number of operands: ${candidates.length}`);
      }
    },
    functionCall(name, args) {
      operands(args);
      checkFunction(problems, name, args);
    },
  };
}

function checkFunction(problems: Problems, name: string, args: readonly Operand[]): void {
  const expected = Object.hasOwn(OPERANDS, name) ? OPERANDS[name] : undefined;
  if (expected === undefined) {
    problems.add('unknown', `Invalid function name; function: ${name}`);
    return;
  }
  if (args.length !== expected) {
    problems.add(
      'operand',
      `Incorrect number of operands for operator or function; operator or function: ${name}, number of operands: ${args.length}`,
    );
    return;
  }
  checkDistinct(problems, name, args);
  const problem = functionProblem(name, args as readonly [Operand, Operand]);
  if (problem !== undefined) problems.add('function', problem);
}

function functionProblem(name: string, args: readonly [Operand, Operand]): string | undefined {
  switch (name) {
    case 'attribute_exists':
    case 'attribute_not_exists':
      return isPath(args[0]) ? undefined : `Operator or function requires a document path; operator or function: ${name}`;
    case 'begins_with': {
      const type = args.map(typeOfOperand).find((candidate) => candidate !== undefined && candidate !== 'S' && candidate !== 'B');
      return type && wrongType(name, type);
    }
    case 'attribute_type':
      return attributeTypeProblem(args[1]);
    case 'size': {
      const type = typeOfOperand(args[0]);
      return type !== undefined && SIZELESS.includes(type) ? wrongType(name, type) : undefined;
    }
    default:
      return undefined;
  }
}

function attributeTypeProblem(operand: Operand): string | undefined {
  const type = typeOfOperand(operand);
  if (type !== 'S') return wrongType('attribute_type', type ?? '{NS,SS,L,BS,N,M,B,BOOL,NULL,S}');
  const wanted = contentOf(operand as AttributeValue) as string;
  return TYPES.includes(wanted)
    ? undefined
    : `Invalid attribute type name found; type: ${wanted}, valid types: {B,NULL,SS,BOOL,L,BS,N,NS,S,M}`;
}

function checkDistinct(problems: Problems, operator: string, args: readonly Operand[]): void {
  const [first, ...rest] = args;
  if (!isPath(first)) return;
  const text = pathText(first);
  if (rest.some((other) => isPath(other) && pathText(other) === text)) problems.add('distinct', sameOperand(operator, first));
}

function checkOrdered(problems: Problems, operator: string, args: readonly Operand[]): void {
  const type = args.map(typeOfOperand).find((candidate) => candidate !== undefined && !ORDERED.includes(candidate));
  if (type !== undefined) problems.add('function', wrongType(operator, type));
}

function checkBounds(problems: Problems, low: Operand, high: Operand): void {
  if (!isValue(low) || !isValue(high)) return;
  const bounds = `lower bound operand: ${valueText(low)}, upper bound operand: ${valueText(high)}`;
  if (typeOf(low) !== typeOf(high)) {
    problems.add('function', `The BETWEEN operator requires same data type for lower and upper bounds; ${bounds}`);
  } else if ((compareValues(low, high) ?? 0) > 0) {
    problems.add('function', `The BETWEEN operator requires upper bound to be greater than or equal to lower bound; ${bounds}`);
  }
}

function isValue(operand: Operand): operand is AttributeValue {
  return !isPath(operand) && !('type' in operand);
}

function valueText(value: AttributeValue): string {
  return `AttributeValue: {${typeOf(value)}:${contentOf(value)}}`;
}

/** The type that is known before an item is read. */
function typeOfOperand(operand: Operand): AttributeType | undefined {
  if (isPath(operand)) return undefined;
  return 'type' in operand ? 'N' : typeOf(operand);
}

function wrongType(operator: string, type: string): string {
  return `Incorrect operand type for operator or function; operator or function: ${operator}, operand type: ${type}`;
}

/** DynamoDB's numbers end below the first, and beside 0 begin with the second ("Data types", DynamoDB Developer Guide). */
const limit = 1e126;
const smallest = 1e-130;

/** Whether DynamoDB can hold a number of JSON. */
export const isStorableNumber = (value: number): boolean => value === 0 || (Math.abs(value) < limit && Math.abs(value) >= smallest);

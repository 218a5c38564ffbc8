/** The largest number that DynamoDB stores, and the smallest beside 0 ("Data types", DynamoDB Developer Guide). */
const largest = 9.999_999_999_999_999e125;
const smallest = 1e-130;

/** Whether DynamoDB can hold a number of JSON. */
export const isStorableNumber = (value: number): boolean => value === 0 || (Math.abs(value) <= largest && Math.abs(value) >= smallest);

/** Of one request that changes many: a page makes as many as it takes, and shows how far it is. */
export const perPart = 20;

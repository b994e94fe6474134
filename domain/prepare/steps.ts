// The steps of preparing Exchange, in the order in which they are done, from what is known. Pure: the page only shows them.
import type { PrepareFacts } from "./facts";
import type { Step } from "./step";
import { connectorStep } from "./step-connector";
import { internalStep } from "./step-internal";
import { recipientsStep } from "./step-recipients";
import { sizesStep } from "./step-sizes";
import { spamStep } from "./step-spam";

export const prepareSteps = (facts: PrepareFacts): Step[] => [
  connectorStep(facts),
  internalStep(facts),
  recipientsStep(facts),
  sizesStep(facts),
  spamStep(facts),
];

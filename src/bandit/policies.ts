import { DAY, type FeatureGroup, HOUR, PROFILE, TASK } from "./features.ts";
import type { Estimator } from "../../wasm/mod.ts";

/** What the picks of every policy may read. */
export interface PickSettings {
  /** Width of LinUCB's confidence bound. */
  readonly alpha: number;
  /** Share of uniform picks of the epsilon-greedy policies. */
  readonly epsilon: number;
  /** A uniform number in [0, 1). */
  readonly random: () => number;
}

/** A chosen position among the candidates. */
export interface Pick {
  readonly position: number;
  readonly score: number;
  /** Whether the position was drawn rather than ranked first. */
  readonly exploring: boolean;
  /** Probability with which this position was chosen. */
  readonly propensity: number;
}

/** One linear bandit: which features it reads, and how it picks by its model. */
export interface Policy {
  readonly name: string;
  /** What records call it; never changed, never used again. */
  readonly code: number;
  /** What follows /score, /reward and /stats. */
  readonly path: string;
  readonly features: readonly FeatureGroup[];
  /** Picks one of the n candidates whose vectors lie in the kernel's batch. */
  readonly pick: (model: Estimator, n: number, settings: PickSettings) => Pick;
  /** Whether it draws at random, so that its history and stats tell how often. */
  readonly explores: boolean;
}

/** LinUCB: the highest theta.x + alpha sqrt(xT A^-1 x) (Li et al. 2010, arXiv:1003.0146, alg. 1). */
function upperConfidenceBound(model: Estimator, n: number, { alpha }: PickSettings): Pick {
  const position = model.rankUcb(n, alpha);
  return { position, score: model.score(position), exploring: false, propensity: 1 };
}

/** The highest theta.x, or with probability epsilon any position (Sutton & Barto 2018, ch. 2.2). */
function epsilonGreedy(model: Estimator, n: number, { epsilon, random }: PickSettings): Pick {
  const greedy = model.rankLinear(n);
  const exploring = random() < epsilon;
  const position = exploring ? Math.floor(random() * n) : greedy;
  const propensity = epsilon / n + (position === greedy ? 1 - epsilon : 0);
  return { position, score: model.score(position), exploring, propensity };
}

/** Every policy there is. A new one is an entry here, a route and a model card. */
export const POLICIES: readonly Policy[] = [
  {
    name: "linucb-v1",
    code: 1,
    path: "",
    features: [HOUR, TASK],
    pick: upperConfidenceBound,
    explores: false,
  },
  {
    name: "egreedy-v1",
    code: 2,
    path: "/egreedy",
    features: [HOUR, TASK, DAY],
    pick: epsilonGreedy,
    explores: true,
  },
  {
    name: "egreedy-v2",
    code: 3,
    path: "/egreedy/v2",
    features: [HOUR, TASK, DAY, PROFILE],
    pick: epsilonGreedy,
    explores: true,
  },
];

/** The labels of x, in order; their number is the policy's dimension d. */
export function labelsOf({ features }: Policy): readonly string[] {
  return features.flatMap((group) => group.labels);
}

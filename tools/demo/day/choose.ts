import type { Eligibility, Goods } from "./goods.ts";
import type { Kind } from "./kinds.ts";

/** `before`: how much of the line has come back earlier, or is on its way. */
export type Chosen = { kind: Kind; goods: Goods; quantity: number; before: number };

/**
 * Goods for every return of the day that may still come back now; kinds that few lines fit choose first. As far as there are, each is another customer's, and
 * of another line. Kinds that found too few are named in `short`.
 */
export async function chooseGoods(
  kinds: readonly Kind[],
  all: readonly Goods[],
  eligibilityOf: (goods: Goods, kind: Kind) => Promise<Eligibility | null>,
): Promise<{ chosen: Chosen[]; short: { kind: Kind; missing: number }[] }> {
  const fitting = new Map(kinds.map((kind) => [kind, all.filter(kind.fits)]));
  const rank = (kind: Kind): number => (kind.alone ? 0 : fitting.get(kind)!.length / kind.count);
  const chosen: Chosen[] = [];
  const ofLine = ({ orderLineId }: Goods) => chosen.filter(({ goods }) => goods.orderLineId === orderLineId);
  /** Of this line by other returns of the day, with what may come over. */
  const taken = (goods: Goods): number =>
    ofLine(goods).reduce((sum, { quantity, kind }) => sum + quantity + (kind.spare ?? 0), 0);
  const customers = () => new Set(chosen.map(({ goods }) => whose(goods)));
  const closed = () => new Set(chosen.filter(({ kind }) => kind.alone).map(({ goods }) => whose(goods)));
  const returnableOf = async (kind: Kind, goods: Goods): Promise<number> => {
    const { decision = "AUTO" } = kind;
    const eligibility = await eligibilityOf(goods, kind);
    const returnable = eligibility?.decision === decision ? Number(eligibility.returnable.value) : 0;
    return returnable - taken(goods);
  };
  /** Unknown customers before known ones, untouched lines before others. */
  const inOrder = (kind: Kind): Goods[] => {
    const [known, alone] = [customers(), closed()];
    const open = fitting.get(kind)!.filter((each) => !alone.has(whose(each)));
    const others = open.filter((each) => !known.has(whose(each)));
    if (kind.alone) return others;
    return [...others, ...open.filter((each) => known.has(whose(each))).toSorted((a, b) => taken(a) - taken(b))];
  };
  const chooseOne = async (kind: Kind): Promise<Chosen | null> => {
    for (const goods of inOrder(kind)) {
      const [quantity, returnable] = [kind.quantity?.(goods) ?? 1, await returnableOf(kind, goods)];
      if (returnable >= quantity + (kind.spare ?? 0)) return { kind, goods, quantity, before: goods.sold - returnable };
    }
    return null;
  };
  const short: { kind: Kind; missing: number }[] = [];
  for (const kind of kinds.toSorted((a, b) => rank(a) - rank(b))) {
    let missing = kind.count;
    for (let one = await chooseOne(kind); one; one = missing > 0 ? await chooseOne(kind) : null) {
      chosen.push(one);
      missing -= 1;
    }
    if (missing > 0) short.push({ kind, missing });
  }
  return { chosen, short };
}

const whose = ({ companyId, customer }: Goods): string => `${companyId}/${customer}`;

import type { Eligibility, Goods } from "./goods.ts";
import type { Kind } from "./kinds.ts";

/** `before`: how much of the line has come back earlier, or is on its way. */
export type Chosen = { kind: Kind; goods: Goods; quantity: number; before: number };

/**
 * Goods for every return of the day that may still come back now; kinds that few lines fit choose first, and a line serves one return of the day. As far as
 * there are, each is another customer's. Kinds that found too few are named in `short`.
 */
export async function chooseGoods(
  kinds: readonly Kind[],
  all: readonly Goods[],
  eligibilityOf: (goods: Goods, kind: Kind) => Promise<Eligibility | null>,
): Promise<{ chosen: Chosen[]; short: { kind: Kind; missing: number }[] }> {
  const fitting = new Map(kinds.map((kind) => [kind, all.filter(kind.fits)]));
  const order = kinds.toSorted((a, b) => rank(a) - rank(b));
  function rank(kind: Kind): number {
    return kind.alone ? 0 : fitting.get(kind)!.length / kind.count;
  }
  const [lines, customers, alone] = [new Set<string>(), new Set<string>(), new Set<string>()];
  const returnableOf = async (kind: Kind, goods: Goods): Promise<number> => {
    const { decision = "AUTO" } = kind;
    const eligibility = await eligibilityOf(goods, kind);
    return eligibility?.decision === decision ? Number(eligibility.returnable.value) : 0;
  };
  const chooseOne = async (kind: Kind): Promise<Chosen | null> => {
    const left = fitting.get(kind)!.filter((each) => !lines.has(each.orderLineId) && !alone.has(whose(each)));
    const [others, known] = [
      left.filter((each) => !customers.has(whose(each))),
      left.filter((each) => customers.has(whose(each))),
    ];
    for (const goods of kind.alone ? others : [...others, ...known]) {
      const [quantity, returnable] = [kind.quantity?.(goods) ?? 1, await returnableOf(kind, goods)];
      if (returnable >= quantity + (kind.spare ?? 0)) return { kind, goods, quantity, before: goods.sold - returnable };
    }
    return null;
  };
  const [chosen, short]: [Chosen[], { kind: Kind; missing: number }[]] = [[], []];
  for (const kind of order)
    for (let missing = kind.count; missing > 0; missing -= 1) {
      const one = await chooseOne(kind);
      if (!one) {
        short.push({ kind, missing });
        break;
      }
      lines.add(one.goods.orderLineId);
      customers.add(whose(one.goods));
      if (kind.alone) alone.add(whose(one.goods));
      chosen.push(one);
    }
  return { chosen, short };
}

const whose = ({ companyId, customer }: Goods): string => `${companyId}/${customer}`;

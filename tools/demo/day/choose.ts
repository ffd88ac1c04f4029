import type { Eligibility, Goods } from "./goods.ts";
import type { Kind } from "./kinds.ts";

export type Chosen = { kind: Kind; goods: Goods; quantity: number };

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
  const isFree = async (kind: Kind, goods: Goods): Promise<boolean> => {
    const { decision = "AUTO", quantity } = kind;
    const eligibility = await eligibilityOf(goods, kind);
    return eligibility?.decision === decision && Number(eligibility.returnable.value) >= (quantity?.(goods) ?? 1);
  };
  const chooseOne = async (kind: Kind): Promise<Goods | null> => {
    const left = fitting.get(kind)!.filter((each) => !lines.has(each.orderLineId) && !alone.has(whose(each)));
    const [others, known] = [
      left.filter((each) => !customers.has(whose(each))),
      left.filter((each) => customers.has(whose(each))),
    ];
    for (const goods of kind.alone ? others : [...others, ...known]) if (await isFree(kind, goods)) return goods;
    return null;
  };
  const [chosen, short]: [Chosen[], { kind: Kind; missing: number }[]] = [[], []];
  for (const kind of order)
    for (let missing = kind.count; missing > 0; missing -= 1) {
      const goods = await chooseOne(kind);
      if (!goods) {
        short.push({ kind, missing });
        break;
      }
      lines.add(goods.orderLineId);
      customers.add(whose(goods));
      if (kind.alone) alone.add(whose(goods));
      chosen.push({ kind, goods, quantity: kind.quantity?.(goods) ?? 1 });
    }
  return { chosen, short };
}

const whose = ({ companyId, customer }: Goods): string => `${companyId}/${customer}`;

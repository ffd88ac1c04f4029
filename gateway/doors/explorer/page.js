import { createClient } from "/explorer/graphql-ws/client.js";

const { React, ReactDOM, GraphiQL } = window;
const who = document.querySelector("#who");
const token = document.querySelector("#token");
const root = ReactDOM.createRoot(document.querySelector("#explorer"));

const findReturns = `# At the top: who asks, and so what may be seen.
query FindReturns {
  returns(first: 5) {
    edges {
      node {
        id
        rmaNumber
        status
        customer { name }
        order { number }
      }
    }
  }
}
`;
const milestones = `# Run it, then let something happen: npm run demo
subscription Milestones {
  returnMilestones {
    cursor
    milestone { type summary }
    return { rmaNumber status }
  }
}
`;
const asked = new URLSearchParams(location.search).get("query");

let socket;

function show() {
  void socket?.dispose();
  const authorization = `Bearer ${token.value.trim()}`;
  const wsUrl = `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`;
  // A refused token (4403) stays refused: it is shown at once, not tried again.
  const shouldRetry = ({ code }) => code !== 4403;
  socket = createClient({ url: wsUrl, connectionParams: { authorization }, shouldRetry });
  const fetcher = GraphiQL.createFetcher({ url: "/graphql", wsClient: socket, headers: { authorization } });
  const key = `${who.value} ${token.value}`;
  root.render(
    React.createElement(GraphiQL, {
      key,
      fetcher,
      defaultTabs: [{ query: findReturns }, { query: milestones }],
      ...(asked ? { query: asked } : {}),
    }),
  );
}

const people = await fetch("/explorer/people").then((answer) => answer.json());
for (const { id, label } of people) who.append(new Option(label, id));
who.append(new Option("another token", ""));
const choose = () => {
  token.value = people.find(({ id }) => id === who.value)?.token ?? "";
  show();
};
who.addEventListener("change", choose);
token.addEventListener("change", show);
choose();

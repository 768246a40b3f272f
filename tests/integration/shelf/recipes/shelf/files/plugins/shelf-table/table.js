const show = async () => {
  const answer = await (await fetch("/api/books?page=1")).json();
  const rows = answer.rows;
  const titles = rows.map((row) => row.title);
  document.querySelector("#rows").textContent = titles.join(", ");
};

document.querySelector("#load").addEventListener("click", show);

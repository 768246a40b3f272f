document.querySelector("#banner").textContent = "A banner of the company";

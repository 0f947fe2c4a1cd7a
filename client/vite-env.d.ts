// style sheets are Vite's to read
declare module "*.css";

using System.Globalization;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace Ptewright.Mutants;

/// <summary>A copy of the source tree with all mutants in it, which one build serves.</summary>
internal static class MutatedTree
{
    private const string Core = "src/Ptewright.Core";
    private const string Library = "src/Ptewright";
    private const string Machines = "src/Ptewright.Qemu";
    private const string Boot = "src/Ptewright.Boot";
    private const string SwitchFile = "MutantSwitch.Hosted.cs";
    private const string SwitchOff = "namespace Ptewright; public static class MutantSwitch { public static bool IsOn(int id) => false; }";

    // What a project with ImplicitUsings begins with.
    private const string ImplicitUsings =
        "global using System; global using System.Collections.Generic; global using System.IO; global using System.Linq; global using System.Net.Http; global using System.Threading; global using System.Threading.Tasks;";

    // Every mutant asks here whether it is on; a first run notes which ones were asked for.
    private const string Switch = """
        namespace Ptewright;

        /// <summary>Which mutant is on.</summary>
        public static class MutantSwitch
        {
            public static int On = -1;
            public static bool[]? Reached;

            [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.AggressiveInlining)]
            public static bool IsOn(int id)
            {
                if (Reached is { } reached)
                {
                    reached[id] = true;
                }

                return id == On;
            }
        }
        """;

    /// <summary>Puts mutants into the sources of some folders, in place.</summary>
    /// <param name="tree">A copy of the source tree.</param>
    /// <param name="folders">The folders, from the tree's root.</param>
    /// <returns>Every mutant that compiles.</returns>
    public static IReadOnlyList<Mutant> Mutate(string tree, IReadOnlyList<string> folders)
    {
        CSharpParseOptions options = new(LanguageVersion.Preview, preprocessorSymbols: ["RELEASE", "NET", "NET10_0", "NET10_0_OR_GREATER"]);
        Dictionary<string, SyntaxTree> originals = new[] { Core, Library, Machines }.SelectMany(project => Sources(tree, project))
            .ToDictionary(file => file, file => CSharpSyntaxTree.ParseText(File.ReadAllText(Path.Combine(tree, file)), options, file), StringComparer.Ordinal);
        IEnumerable<MetadataReference> references = ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path).StartsWith("System.", StringComparison.Ordinal) || Path.GetFileName(path) is "mscorlib.dll" or "netstandard.dll")
            .Select(path => MetadataReference.CreateFromFile(path));
        CSharpCompilation original = CSharpCompilation.Create(
            "mutated",
            [.. originals.Values, CSharpSyntaxTree.ParseText(ImplicitUsings, options, "usings.cs"), CSharpSyntaxTree.ParseText(Switch, options, "switch.cs")],
            references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));

        // Source generators do not run here, so a few things are missing; those errors are no mutant's.
        HashSet<string> known = [.. Errors(original).Select(Describe)];
        string[] files = [.. originals.Keys.Where(file => folders.Any(folder => file.StartsWith(folder + "/", StringComparison.Ordinal))).Order(StringComparer.Ordinal)];
        HashSet<int> leftOut = [];
        for (int attempt = 1; ; attempt++)
        {
            List<Mutant> mutants = [];
            CSharpCompilation mutated = original;
            Dictionary<string, SyntaxTree> results = [];
            int next = 0;
            foreach (string file in files)
            {
                MutatingRewriter rewriter = new(original.GetSemanticModel(originals[file]), file, next, leftOut);
                SyntaxNode root = rewriter.Visit(originals[file].GetRoot())!;
                next = rewriter.Next;
                mutants.AddRange(rewriter.Mutants);
                results[file] = CSharpSyntaxTree.Create((CSharpSyntaxNode)root, options, file);
                mutated = mutated.ReplaceSyntaxTree(originals[file], results[file]);
            }

            Diagnostic[] errors = [.. Errors(mutated).Where(error => !known.Contains(Describe(error)))];
            int before = leftOut.Count;
            foreach (Diagnostic error in errors)
            {
                leftOut.UnionWith(Guilty(error));
            }

            Console.WriteLine($"Attempt {attempt}: {mutants.Count} mutants, {errors.Length} errors of the compiler");
            if (errors.Length == 0)
            {
                foreach ((string file, SyntaxTree result) in results)
                {
                    File.WriteAllText(Path.Combine(tree, file), result.ToString());
                }

                // The boot image compiles the core too, but what needs a host.
                File.WriteAllText(Path.Combine(tree, Core, SwitchFile), Switch);
                File.WriteAllText(Path.Combine(tree, Boot, SwitchFile), SwitchOff);
                return mutants;
            }

            if (leftOut.Count == before)
            {
                throw new InvalidOperationException($"No mutant explains: {string.Join('\n', errors.Take(5).Select(error => error.ToString()))}");
            }
        }
    }

    // The innermost node with mutants around the error; else those of the innermost block, member or type that has any.
    private static IEnumerable<int> Guilty(Diagnostic error)
    {
        SyntaxNode node = error.Location.SourceTree!.GetRoot().FindNode(error.Location.SourceSpan, getInnermostNodeForTie: true);
        foreach (SyntaxNode around in node.AncestorsAndSelf())
        {
            if (around.GetAnnotations(MutatingRewriter.Mark).ToArray() is { Length: > 0 } own)
            {
                return own.SelectMany(Ids);
            }

            if (around is BlockSyntax or MemberDeclarationSyntax && around.GetAnnotatedNodes(MutatingRewriter.Mark).ToArray() is { Length: > 0 } inside)
            {
                // A variable without a value: what stands before and names it is to blame.
                SyntaxNode[] naming = [.. inside.Where(part => part.SpanStart < node.SpanStart
                    && part.DescendantNodesAndTokens().Any(item => item.IsToken && item.AsToken().ValueText == node.ToString()))];
                return (naming.Length > 0 ? naming : inside).SelectMany(part => part.GetAnnotations(MutatingRewriter.Mark)).SelectMany(Ids);
            }
        }

        return [];
    }

    private static IEnumerable<int> Ids(SyntaxAnnotation annotation) => annotation.Data!.Split(' ').Select(id => int.Parse(id, CultureInfo.InvariantCulture));

    private static IEnumerable<Diagnostic> Errors(CSharpCompilation compilation) =>
        compilation.GetDiagnostics().Where(diagnostic => diagnostic.Severity == DiagnosticSeverity.Error && diagnostic.Location.SourceTree is not null);

    private static string Describe(Diagnostic error) => $"{error.Location.SourceTree!.FilePath} {error.Id} {error.GetMessage(CultureInfo.InvariantCulture)}";

    private static IEnumerable<string> Sources(string tree, string project) => Directory.EnumerateFiles(Path.Combine(tree, project), "*.cs", SearchOption.AllDirectories)
        .Where(file => Path.GetFileName(file) != SwitchFile)
        .Select(file => Path.GetRelativePath(tree, file).Replace('\\', '/'))
        .Where(file => !file.Contains("/obj/", StringComparison.Ordinal) && !file.Contains("/bin/", StringComparison.Ordinal));
}

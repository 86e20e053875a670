using Ptewright.Access;
using Ptewright.Captures;
using Ptewright.Walking;

namespace Ptewright.Tests.Images;

/// <summary>The leaves of a folder, one by one, as the engine reads them: what other readers' ranges are compared with.</summary>
internal static class FolderLeaves
{
    /// <summary>Every leaf below the kernel's root, in ascending order of address.</summary>
    public static IReadOnlyList<Leaf> Leaves(this TableFolder folder)
    {
        KernelTables kernel = folder.Kernel!;
        TableTree<TableFolder.View> tree = folder.Tree(kernel);
        return LeafEnumerator.LeavesOf(ref tree, kernel.Root);
    }
}
